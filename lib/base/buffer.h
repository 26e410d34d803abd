/* A growable run of bytes with a bound. Zero-initialise it; the NUL after the last byte is not
 * counted. */
#pragma once

#include "lib/base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>

struct buffer {
    char *data;
    size_t length;
    size_t capacity;
    /* Longest allowed length; 0: 16 MiB. */
    size_t limit;
    /* Set by the first append that went over the limit or out of memory; later appends do nothing.
     */
    bool overflown;
    /* Set by the owner before the first append: its memory is wiped before it is given back. */
    bool is_secret;
};

/* Keeps the limit, and whether it is secret. */
void buffer_deinit(struct buffer *buffer);

/* Empties it and keeps its memory. */
void buffer_reset(struct buffer *buffer);

void buffer_append(struct buffer *buffer, const void *data, size_t length);
void buffer_append_text(struct buffer *buffer, const char *text);
void buffer_append_format(struct buffer *buffer, const char *format, ...) PRINTF_LIKE(2, 3);

/* The text of a JSON string without its quotes, escaped by RFC 8259; `text` must be valid UTF-8. */
void buffer_append_json_escaped(struct buffer *buffer, const char *text);

/* Percent-encoded by RFC 3986: what is not unreserved there, nor one of `also`, which may be "". */
void buffer_append_percent_encoded(struct buffer *buffer, const char *text, const char *also);

/* Room for `length` more bytes, to be filled by the caller, or NULL (then overflown is set). */
void *buffer_extend(struct buffer *buffer, size_t length);

/* The bytes, NUL-terminated, now the caller's to free() and, if secret, to wipe first; the buffer
 * is empty again. Never NULL unless overflown. */
char *buffer_take(struct buffer *buffer, size_t *ret_length);
