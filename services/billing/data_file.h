/* JSON files that an operator loads: read whole, strictly, with the path of what is wrong. */
#pragma once

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/http/json_request.h"

#include <stdbool.h>
#include <stdint.h>

enum { DATA_FILE_LIST_MAX = 1024 };

/* FAULT_HARD: can't be read, or is larger than 16 MiB. */
MUST_CHECK int data_file_read(const char *path, struct buffer *ret_text, struct error *error);

/* 0 when `problem` is empty; else FAULT_HARD with its first entry: "/plans/0/vcpu: …". */
MUST_CHECK int data_file_verdict(const struct problem *problem, struct error *error);

/* Reads one object of a list into its zeroed item. */
typedef void (*data_file_item_fn)(struct json_reader *reader, void *ret_item);

/* The member `name`, an array of objects, as an array of items, the caller's to free() (NULL: none
 * or no memory; the problem then says so). */
void *data_file_read_list(struct json_reader *reader, const char *name, size_t item_size,
                          data_file_item_fn read, size_t *ret_count);

/* Characters of [a-z0-9-], 1 to size - 1 of them. */
void data_file_read_code(struct json_reader *reader, const char *name, char *ret_code, size_t size);
void data_file_read_text(struct json_reader *reader, const char *name, char *ret_text, size_t size);
int64_t data_file_read_number(struct json_reader *reader, const char *name, int64_t minimum,
                              int64_t maximum);
/* Optional. */
bool data_file_read_switch(struct json_reader *reader, const char *name, bool fallback);

/* Adds a field error to the reader's problem, at the member `name` of its object. */
void data_file_complain(struct json_reader *reader, const char *name, const char *code,
                        const char *detail);

/* Adds a field error for each item whose text at `offset` stood in an earlier item. */
void data_file_refuse_doubles(struct json_reader *reader, const char *list, const void *items,
                              size_t count, size_t item_size, size_t offset);
