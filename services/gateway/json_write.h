/* Writes JSON objects member by member in the order of the calls, as api.md fixes it. A comma is
 * put where one belongs. Texts must be UTF-8. */
#pragma once

#include "lib/base/buffer.h"

#include <stdint.h>

void json_write_open(struct buffer *json, char bracket);
/* "name":{ or "name":[ */
void json_write_open_member(struct buffer *json, const char *name, char bracket);
void json_write_close(struct buffer *json, char bracket);

/* value NULL: null. */
void json_write_text(struct buffer *json, const char *name, const char *value);
void json_write_integer(struct buffer *json, const char *name, int64_t value);
void json_write_id(struct buffer *json, const char *name, uint64_t value);
/* 0 comes out as null. */
void json_write_id_or_null(struct buffer *json, const char *name, uint64_t value);
void json_write_bool(struct buffer *json, const char *name, bool value);
/* "28.61" */
void json_write_money(struct buffer *json, const char *name, int64_t cents);
/* "2026-09-09T12:00:00Z" */
void json_write_time(struct buffer *json, const char *name, int64_t time_us);
/* An element of an array. */
void json_write_element_text(struct buffer *json, const char *value);
