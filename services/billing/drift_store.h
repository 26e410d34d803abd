/* billing.drift: where nodes show something else than the register says. */
#pragma once

#include "lib/pg/pg.h"
#include "proto/results.pb-c.h"

/* The hosts to be swept: name, URI and location of the first node of each. */
MUST_CHECK int drift_store_list_hosts(struct pg *pg, struct pg_rows **ret_rows,
                                      struct error *error);

/* Compares what a node shows with the register; with its last part what earlier sweeps had found
 * and this one has not goes. What has changed less than `settle_s` seconds before the sweep is left
 * out: its command may still be on its way. */
MUST_CHECK int drift_store_compare(struct pg *pg, const Slipway__V1__NodeInspected *inspected,
                                   int64_t settle_s, struct error *error);

/* Hosts that have not answered the sweep of that time yet. */
MUST_CHECK int drift_store_count_unanswered(struct pg *pg, int64_t asked_at_us, int64_t *ret_count,
                                            struct error *error);

/* Everything that is known: kind, node's name, vps_id, machine_uuid, found_at, repair_at. */
MUST_CHECK int drift_store_list(struct pg *pg, struct pg_rows **ret_rows, struct error *error);

/* Wants all of it repaired that is there now; the operators' log tells of it. */
MUST_CHECK int drift_store_ask_repair(struct pg *pg, int64_t now_us, struct error *error);

/* One thing that is to be repaired, and was not ordered yet. Texts are borrowed from the rows. */
struct drift {
    const char *kind, *machine_uuid;
    int64_t vps_id;
    const char *node_name, *node_uri, *location_code;
};

/* Takes up to `limit` of them, each once; `all`: also what nobody has asked for, once a second
 * sweep has found it too. */
MUST_CHECK int drift_store_take(struct pg *pg, bool all, int64_t limit, int64_t now_us,
                                struct pg_rows **ret_rows, struct error *error);
void drift_store_row(const struct pg_rows *rows, int row, struct drift *ret_drift);
