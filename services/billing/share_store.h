/* How a shard's share of nodes and addresses grows: statements that go before those that lock the
 * share, in the same transaction; none where nothing is refilled. */
#pragma once

#include "services/billing/placement_store.h"

MUST_CHECK int share_store_queue_nodes(struct pg *pg, const struct placement_wants *wants,
                                       struct error *error);
MUST_CHECK int share_store_take_nodes(struct pg *pg, const struct placement_wants *wants,
                                      struct error *error);
MUST_CHECK int share_store_queue_addresses(struct pg *pg, const struct placement_wants *wants,
                                           struct error *error);
MUST_CHECK int share_store_take_addresses(struct pg *pg, const struct placement_wants *wants,
                                          struct error *error);

/* Calls all node shares of the locations back, for whoever changes the nodes: three results. */
MUST_CHECK int share_store_queue_recall_nodes(struct pg *pg, const struct pg_array *location_codes,
                                              struct error *error);
