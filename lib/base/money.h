/* Money: int64_t cents of one currency (USD), never a float. All arithmetic is overflow-checked. */
#pragma once

#include "lib/base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "-92233720368547758.08" and its NUL. */
#define MONEY_TEXT_SIZE 24

/* 100.00 % in basis points, the unit of discounts and percentages. */
#define MONEY_BASIS_POINTS 10000

/* True when the sum does not fit; *ret_cents is then untouched. */
MUST_CHECK bool money_add(int64_t left_cents, int64_t right_cents, int64_t *ret_cents);

/* price × quantity × (1 − discount), half up to the cent. price ≥ 0, quantity ≥ 0, discount in
 * 0 … 10000 basis points. True when it does not fit; *ret_cents is then untouched. */
MUST_CHECK bool money_price(int64_t unit_cents, uint32_t quantity, uint32_t discount_basis_points,
                            int64_t *ret_cents);

/* Reads "28.61", "-5.00", "7", "7.5": an optional minus, digits, at most two decimals, nothing
 * else. True when it is not that or does not fit. */
MUST_CHECK bool money_parse(const char *text, int64_t *ret_cents);

/* Writes "28.61". Returns `buffer`. */
const char *money_format(int64_t cents, char buffer[static MONEY_TEXT_SIZE]);
