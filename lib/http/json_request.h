/* Strict JSON bodies: what is not exactly the described object is refused, with all field errors at
 * once.
 *
 * 400 invalid_json: not UTF-8, NUL, trailing bytes, duplicate members, nesting over 16, numbers out
 * of range. 400 invalid_request: unknown members, wrong types. 422 validation_failed: missing
 * members and values out of their range. Source: RFC 8259, RFC 6901.
 */
#pragma once

#include "lib/http/problem.h"

#include <jansson.h>

/* Parses the bytes into an object. > 0: the problem's code; `problem` is filled. */
MUST_CHECK int json_request_parse(const char *body, size_t length, json_t **ret_root,
                                  struct problem *problem);

/* An object being read, member by member. */
struct json_reader {
    const json_t *object;
    /* JSON pointer of the object, "" for the root. */
    char pointer[64];
    struct problem *problem;
    /* Names asked for so far, to find the unknown ones. */
    const char *known[16];
    size_t known_count;
};

/* `object` must be an object, else an invalid_request at `pointer` is added and every member reads
 * as missing without further errors. */
void json_reader_init(struct json_reader *reader, const json_t *object, const char *pointer,
                      struct problem *problem);

/* Required members: false and a field error ("required", or invalid_request "wrong_type") when it
 * is missing or not that. `longest` counts bytes; an empty or longer text is "out_of_range". The
 * text is borrowed from the JSON. */
bool json_reader_text(struct json_reader *reader, const char *name, size_t longest,
                      const char **ret_text);
bool json_reader_integer(struct json_reader *reader, const char *name, int64_t minimum,
                         int64_t maximum, int64_t *ret_number);
bool json_reader_bool(struct json_reader *reader, const char *name, bool *ret_value);
/* A decimal string of money. */
bool json_reader_money(struct json_reader *reader, const char *name, int64_t minimum_cents,
                       int64_t maximum_cents, int64_t *ret_cents);
/* An array with 1 … `longest` elements ("out_of_range" when empty, "too_many_items" above). */
bool json_reader_array(struct json_reader *reader, const char *name, size_t longest,
                       const json_t **ret_array);

/* True when the member is there and not null; use before the getters for optional members. */
bool json_reader_has(struct json_reader *reader, const char *name);

/* Adds an invalid_request "unknown_member" for each member nobody asked for. */
void json_reader_finish(struct json_reader *reader);
