/* billing.operations: commands to machines after their build. */
#pragma once

#include "services/billing/columns.h"

enum operation_action {
    OPERATION_START,
    OPERATION_STOP,
    OPERATION_REBOOT,
    OPERATION_TOGGLE,
    OPERATION_REINSTALL,
    OPERATION_PASSWORD,
    OPERATION_DELETE,
    OPERATION_ACTION_COUNT,
};

enum operation_status {
    OPERATION_QUEUED,
    OPERATION_RUNNING,
    OPERATION_DONE,
    OPERATION_FAILED,
    OPERATION_STATUS_COUNT,
};

/* error_code of those that a deletion came before. */
#define OPERATION_SUPERSEDED "superseded"

/* Texts are borrowed: from rows, from the catalog, or from the result that changed it. */
struct operation {
    int64_t vps_id, sequence, batch_id;
    enum operation_action action;
    enum operation_status status;
    /* "" but for a reinstallation. */
    const char *os_code;
    /* "" unless it failed. */
    const char *error_code, *error_detail;
    /* No later password or reinstallation of the server was done. */
    bool is_last_login;
    /* Ordered in this batch, so it is inserted. */
    bool is_new;
    bool changed;
};

/* Where a machine stands, as its commands name it; texts are borrowed from the rows. */
struct machine_place {
    int64_t vps_id;
    const char *location_code, *node_name, *node_uri, *address, *gateway;
    int64_t prefix_length;
    /* "", "" and 0: it has no IPv6. */
    const char *address6, *gateway6;
    int64_t prefix_length6;
};

/* "start" … as in billing.operation_action. */
const char *operation_action_name(enum operation_action action);
/* The kind of its batch: "power", "reinstall", "password", "delete". */
const char *operation_batch_kind(enum operation_action action);
bool operation_is_open(const struct operation *operation);

/* The open operations of servers whose rows are locked, single ones whether they are open or not
 * (by vps_id and sequence), and where servers stand: two results. */
struct operation_wants {
    const struct pg_array *vps_ids;
    const struct pg_array *named_vps_ids, *named_sequences;
    const struct pg_array *place_vps_ids;
};

struct operation_rows {
    struct pg_rows *operation_rows, *place_rows;
    /* By vps_id and sequence; new ones come at the end. Owned. */
    struct operation *operations;
    size_t count, capacity;
    struct machine_place *places;
    size_t place_count;
};

void operation_rows_deinit(struct operation_rows *rows);

MUST_CHECK int operation_store_queue_find(struct pg *pg, const struct operation_wants *wants,
                                          struct error *error);
/* `ret_rows` has to be empty. */
MUST_CHECK int operation_store_take_find(struct pg *pg, struct operation_rows *ret_rows,
                                         struct error *error);

/* The open operation that a result is of; NULL: none, it has ended. */
struct operation *operation_rows_find(const struct operation_rows *rows, int64_t vps_id,
                                      int64_t sequence);
/* The same whether it is open or not, if it was named. */
struct operation *operation_rows_find_named(const struct operation_rows *rows, int64_t vps_id,
                                            int64_t sequence);
/* The newest of that action that is open; NULL: none. */
const struct operation *operation_rows_find_open(const struct operation_rows *rows, int64_t vps_id,
                                                 enum operation_action action);
/* How many of the server's are open, and the sequence of the first of them (0: none). */
size_t operation_rows_count_open(const struct operation_rows *rows, int64_t vps_id,
                                 int64_t *ret_first_sequence);
/* NULL: unknown. */
const struct machine_place *operation_rows_place(const struct operation_rows *rows, int64_t vps_id);
/* Copies it in as a new one. NULL: no memory. Earlier pointers into the rows become invalid. */
struct operation *operation_rows_add(struct operation_rows *rows,
                                     const struct operation *operation);

struct operation_writes {
    struct columns added, changed;
};

MUST_CHECK bool operation_store_init(struct operation_writes *writes);
void operation_store_deinit(struct operation_writes *writes);
void operation_store_reset(struct operation_writes *writes);
/* All that are new or changed. */
void operation_store_push(struct operation_writes *writes, const struct operation_rows *rows);
MUST_CHECK int operation_store_queue(struct pg *pg, const struct operation_writes *writes,
                                     int64_t now_us, struct error *error);
