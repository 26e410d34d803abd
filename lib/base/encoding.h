/* Hex and identifiers. Base64 and hashing come from libsodium and are used directly. */
#pragma once

#include "lib/base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Crockford base32 of 128 bits and its NUL. */
#define ULID_TEXT_SIZE 27

/* Lower-case hex of `length` bytes and a NUL into `ret_text`, which holds 2 × length + 1. */
void hex_encode(const void *data, size_t length, char *ret_text);

/* Exactly `length` bytes from 2 × length hex digits of either case. True when `text` is not that.
 */
MUST_CHECK bool hex_decode(const char *text, void *ret_data, size_t length);

/* A ULID (github.com/ulid/spec): sortable by the millisecond, 80 random bits. Returns `buffer`. */
const char *ulid_make(int64_t time_us, char buffer[static ULID_TEXT_SIZE]);

/* Decimal digits only, 0 … UINT64_MAX, no leading zero but "0" itself. True when `text` is not
 * that. */
MUST_CHECK bool decimal_parse_u64(const char *text, uint64_t *ret_number);

/* An optional minus and decimal digits, INT64_MIN … INT64_MAX. True when `text` is not that. */
MUST_CHECK bool decimal_parse_i64(const char *text, int64_t *ret_number);
