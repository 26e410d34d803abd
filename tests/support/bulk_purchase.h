/* Bulk purchases for tests. */
#pragma once

#include "tests/support/billing_writer.h"

/* A command for `count` servers at once: vps-2 in "de" for a month, at 10.04 each. `key` as in
 * billing_command(). */
Slipway__V1__Command *bulk_purchase(uint64_t user_id, const char *key, size_t count);

/* Buys them and returns the number of the checkout; fails the test when they are refused.
 * *ret_vps_ids gets the servers, in the order of their items. */
uint64_t bulk_purchase_make(struct billing_writer *writer, const struct billing_database *database,
                            uint64_t user_id, size_t count, uint64_t *ret_vps_ids);
