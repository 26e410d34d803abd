/* JSON of providers, read strictly: UTF-8, no double members, at most 16 levels, an object at the
 * root.
 *
 * Numbers are kept as the text they were written as, since amounts are decimal and some signatures
 * are made over the digits: jansson would make binary fractions of them. A number and a string of
 * the same digits read the same, which suits providers that send amounts as either. Source:
 * RFC 8259. */
#pragma once

#include "lib/base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PROVIDER_JSON_NESTING_MAX = 16 };

/* What a number's text begins with, to tell it from a string where that matters. */
#define PROVIDER_JSON_NUMBER '\x01'

/* FAULT_HARD: it is not that; the error quotes nothing of it. */
MUST_CHECK int provider_json_parse(const void *body, size_t length, json_t **ret_root,
                                   struct error *error);

/* The member, NULL when it is not there, or null. `object` may be NULL or no object. */
const json_t *provider_json_member(const json_t *object, const char *name);

/* The text of a string or the digits of a number, borrowed; NULL when it is neither. */
const char *provider_json_text(const json_t *object, const char *name);

/* True when the member is this text. */
bool provider_json_is(const json_t *object, const char *name, const char *text);

/* True when the member is true, 1 or "1". */
bool provider_json_is_on(const json_t *object, const char *name);

/* A whole number of seconds since 1970 as microseconds, or RFC 3339; 0 when it is neither. */
int64_t provider_json_time_us(const json_t *object, const char *name);
