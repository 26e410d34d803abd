/* Servers and batches as they are read; writes are the writer's. */
#pragma once

#include "lib/pg/pg.h"
#include "proto/billing.pb-c.h"

/* `scope` 0 sees all, else one user's. */
const struct pg_statement *vps_read_store_find(struct pg_args *args, int64_t vps_id, int64_t scope);

/* `user` 0: all users'; "": every status, every location. Texts are borrowed. */
struct vps_filter {
    int64_t user, before_id, limit;
    const char *status, *location_code;
};

const struct pg_statement *vps_read_store_list(struct pg_args *args,
                                               const struct vps_filter *filter);
/* A row of either. Texts are borrowed from the rows. */
void vps_read_store_row(const struct pg_rows *rows, int row, Slipway__V1__Vps *ret_vps);

/* The servers of the ids that are already the first argument, one row an id, in that order. */
const struct pg_statement *vps_read_store_list_cards(struct pg_args *args, int64_t scope);
/* A row of them. False: the server is not there, and only the id is set. */
bool vps_read_store_card_row(const struct pg_rows *rows, int row, uint64_t *ret_vps_id,
                             Slipway__V1__Vps *ret_vps);

const struct pg_statement *vps_read_store_find_credentials(struct pg_args *args, int64_t vps_id,
                                                           int64_t scope);
/* The server's status; the credentials are there when it is "active" or "suspended". */
const char *vps_read_store_credentials_row(const struct pg_rows *rows,
                                           Slipway__V1__Credentials *ret_credentials);

const struct pg_statement *vps_read_store_find_console(struct pg_args *args, int64_t vps_id,
                                                       int64_t scope);
/* A row of it, whatever state the server is in; console_url "": its node offers no screens. */
struct console_row {
    const char *status, *power_state;
    Slipway__V1__Console console;
};
void vps_read_store_console_row(const struct pg_rows *rows, struct console_row *ret_row);

/* Rows: one a server of the batch, or one without a server; of a batch of an order to a machine,
 * its one operation. `kind` as in billing.batch_kind. */
const struct pg_statement *batch_read_store_find(struct pg_args *args, int64_t id, const char *kind,
                                                 int64_t scope);
/* What all rows say alike; items are left empty. */
void batch_read_store_head(const struct pg_rows *rows, Slipway__V1__Batch *ret_batch);
/* False: the row has no server. */
bool batch_read_store_item(const struct pg_rows *rows, int row, Slipway__V1__BatchItem *ret_item);

/* How far a server has come, in the words of a batch: what was built once is "active" here,
 * whatever became of it later. */
const char *batch_read_store_item_status(const char *vps_status);
