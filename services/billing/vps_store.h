/* The register of servers and the batches that customers watch. */
#pragma once

#include "proto/results.pb-c.h"
#include "services/billing/columns.h"
#include "services/billing/lifecycle.h"

/* A new server; texts are borrowed. */
struct vps_order {
    int64_t id, user_id, batch_id;
    uint32_t item_index;
    const char *plan_code, *location_code, *os_code;
    uint32_t period_months;
    int64_t price_cents, node_id, pool_id;
    const char *address;
    int64_t expires_at_us, due_at_us;
};

MUST_CHECK bool vps_store_init_orders(struct columns *columns);
void vps_store_push_order(struct columns *columns, const struct vps_order *order);
/* Pending, with the first command issued. */
MUST_CHECK int vps_store_queue_orders(struct pg *pg, const struct columns *columns, int64_t now_us,
                                      struct error *error);

MUST_CHECK bool vps_store_init_batches(struct columns *columns);
/* `kind` as in billing.batch_kind. */
void vps_store_push_batch(struct columns *columns, int64_t id, const char *kind, int64_t user_id,
                          uint32_t total);
MUST_CHECK int vps_store_queue_batches(struct pg *pg, const struct columns *columns, int64_t now_us,
                                       struct error *error);

/* A server that commands or results speak of; texts are borrowed from its rows, from the catalog,
 * or from the result that changed it. */
struct machine {
    int64_t id, user_id, batch_id;
    uint32_t item_index;
    const char *plan_code, *location_code, *os_code;
    int64_t price_cents;
    enum vps_status status;
    int64_t node_id, pool_id;
    /* "" once it is given back. */
    const char *address;
    int64_t sequence, applied_sequence;
    /* Of the machine that stands, or stood last; "" before the first. */
    const char *machine_uuid;
    const char *error_code, *error_detail;
    int64_t inspected_at_us;
    int64_t expires_at_us;
    /* 0: the lifecycle never looks at it again. */
    int64_t due_at_us;
    /* The last notice of this period's end; 0: none yet. */
    int64_t noticed_days;

    /* What is to be written; NULL leaves the column as it is. */
    bool changed;
    const char *power_state;
    const Slipway__V1__MachineBuilt *built;
    /* The transfer that ends the purchase; 0: none. */
    int64_t settlement_id;
    /* Newer than what `built` brought. */
    const Slipway__V1__PasswordSet *password;
};

/* Locks the servers in id order. */
MUST_CHECK int vps_store_queue_lock(struct pg *pg, const struct pg_array *ids, struct error *error);
/* By id, ascending. Both outputs are the caller's: free(), pg_rows_free(). */
MUST_CHECK int vps_store_take_lock(struct pg *pg, struct pg_rows **ret_rows,
                                   struct machine **ret_machines, size_t *ret_count,
                                   struct error *error);

MUST_CHECK bool vps_store_init_changes(struct columns *columns);
void vps_store_push_change(struct columns *columns, const struct machine *machine);
MUST_CHECK int vps_store_queue_changes(struct pg *pg, const struct columns *columns, int64_t now_us,
                                       struct error *error);
