/* Servers that stand, orders to them and what workers report of those; faults fail the test. */
#pragma once

#include "tests/support/billing_orders.h"
#include "tests/support/writer_world.h"

/* A server that was built, sealed "first", and its new owner. */
uint64_t order_world_standing(struct writer_world *world, uint64_t *ret_user);
/* The command is taken on. */
void order_world_order(struct writer_world *world, Slipway__V1__Command *command);
/* What becomes of a worker's report. */
struct writer_outcome order_world_report(struct writer_world *world, uint64_t vps,
                                         uint64_t sequence, enum billing_report what,
                                         const char *seal);
/* The server's stored password has these bytes. */
bool order_world_has_seal(const struct writer_world *world, uint64_t vps, const char *seal);
/* A number of the operation's row. */
int64_t order_world_number(const struct writer_world *world, uint64_t vps, uint64_t sequence,
                           const char *expression);
