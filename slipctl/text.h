/* What a terminal is given to show: texts of servers and users, without what could steer it. */
#pragma once

#include "lib/base/buffer.h"

#include <stdbool.h>
#include <stddef.h>

/* Once, before the functions below: widths are those of UTF-8 whatever the user's locale says. */
void text_init(void);

/* Appends `text` with U+FFFD in place of each control character, each character that turns the
 * writing direction or has no width of its own to be seen by, and each byte that is not UTF-8. */
void text_append_safe(struct buffer *out, const char *text);

/* Nothing in it would be replaced by text_append_safe(). */
bool text_is_safe(const char *text);

/* Columns that a safe text takes. */
size_t text_width(const char *text);

/* Appends a safe text cut to `width` ≥ 1 columns, its end replaced by "…". */
void text_append_cut(struct buffer *out, const char *text, size_t width);

/* Appends valid JSON with characters that could steer a terminal escaped as \uXXXX: the same JSON.
 */
void text_append_safe_json(struct buffer *out, const char *json, size_t length);
