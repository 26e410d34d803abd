/* Amounts of providers: decimal text, read with integers only. What has arrived is rounded down to
 * the cent, what is asked for is rounded up to their smallest unit, so that neither way of rounding
 * credits what nobody paid. */
#pragma once

#include "lib/base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "12.5", "1e-7", "0.000100": the value as cents, rounded down. True when it is no such number, is
 * negative, or does not fit; *ret_cents is then untouched. */
MUST_CHECK bool provider_amount_cents(const char *text, int64_t *ret_cents);

/* The same number without an exponent and without zeros at its end: "1e-7" is "0.0000001". True as
 * above, or when it takes more than size - 1 characters. */
MUST_CHECK bool provider_amount_plain(const char *text, char *ret_text, size_t size);

/* cents × part / whole, rounded down: what a part of a coin is worth at the locked rate. True when
 * one of them is no number, `whole` is 0, or it does not fit. cents ≥ 0. */
MUST_CHECK bool provider_amount_share(int64_t cents, const char *part, const char *whole,
                                      int64_t *ret_cents);

/* cents × kopecks_per_usd / 100, rounded up to the kopeck. True when it does not fit or one of them
 * is not positive. */
MUST_CHECK bool provider_amount_kopecks(int64_t cents, int64_t kopecks_per_usd,
                                        int64_t *ret_kopecks);
