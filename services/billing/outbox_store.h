/* billing.outbox: what is still to be told to Kafka. */
#pragma once

#include "services/billing/columns.h"

MUST_CHECK int outbox_store_queue_insert(struct pg *pg, int64_t id, int64_t relay_id,
                                         const void *messages, size_t length, int64_t now_us,
                                         struct error *error);
MUST_CHECK int outbox_store_queue_delete(struct pg *pg, const struct pg_array *ids,
                                         struct error *error);

/* The rest are round trips of their own, for the sweeper. */

MUST_CHECK int outbox_store_delete(struct pg *pg, const struct pg_array *ids, struct error *error);

/* A relay id nobody had before, with its advisory lock taken. */
MUST_CHECK int outbox_store_new_relay(struct pg *pg, int64_t *ret_relay_id, struct error *error);

/* Takes the lock of `relay_id` again after a reconnect; *ret_locked false: somebody else has it. */
MUST_CHECK int outbox_store_lock_relay(struct pg *pg, int64_t relay_id, bool *ret_locked,
                                       struct error *error);
MUST_CHECK int outbox_store_unlock_relay(struct pg *pg, int64_t relay_id, struct error *error);

/* Rows of one relay_id each: the relays but `own` that have rows. */
MUST_CHECK int outbox_store_list_relays(struct pg *pg, int64_t own, struct pg_rows **ret_rows,
                                        struct error *error);

/* Rows of (id, messages) after `after_id` of one relay, older than `before_us`, oldest first. */
MUST_CHECK int outbox_store_list(struct pg *pg, int64_t relay_id, int64_t before_us,
                                 int64_t after_id, int64_t limit, struct pg_rows **ret_rows,
                                 struct error *error);

MUST_CHECK int outbox_store_count(struct pg *pg, int64_t *ret_count, struct error *error);
