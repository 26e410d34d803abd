/* A PostgreSQL connection (libpq): prepared statements, binary parameters and results, pipelining.
 *
 * One thread at a time uses a connection. Statements are `static const`; each is prepared on its
 * first use by a connection, inside the pipeline, and again after a reconnect. Source: PostgreSQL
 * 15 manual, chapters 34.5 (pipeline mode) and 8 (binary formats).
 *
 * Only transactions (transaction.h) retry. A lost connection is FAULT_RETRY here and the connection
 * reconnects at its next use.
 */
#pragma once

#include "lib/base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct pg;
struct pg_rows;

struct pg_options {
    /* libpq conninfo or URI; borrowed for the call. */
    const char *conninfo;
    /* Shown in pg_stat_activity. */
    const char *application_name;
    /* SET on each new connection; 0: PostgreSQL's default. */
    int64_t lock_timeout_ms;
    int64_t statement_timeout_ms;
    int64_t idle_in_transaction_timeout_ms;
    /* A commit is answered before it is on disk (synchronous_commit off): the last ones, never
     * parts of one, may be lost when the server crashes. */
    bool may_lose_commits;
    /* Each statement is planned once, for any values, until pg_forget_plans(): where planning costs
     * more than running. */
    bool keeps_plans;
    /* Longest wait for an answer of the server before the connection is given up; 0: for ever. */
    int64_t answer_timeout_ms;
};

struct pg_statement {
    /* Unique in the process. */
    const char *name;
    const char *sql;
};

/* Connects at once: FAULT_RETRY when the server can't be reached. */
MUST_CHECK int pg_new(const struct pg_options *options, struct pg **ret_pg, struct error *error);
void pg_free(struct pg *pg);
DEFINE_CLEANUP(struct pg *, pg_free)

/* The parameters of one execution, in order. Bytes and arrays are borrowed until the execution was
 * sent; numbers are copied. At most PG_ARGS_MAX. */
enum { PG_ARGS_MAX = 24 };

struct pg_args {
    int count;
    unsigned types[PG_ARGS_MAX];
    const char *values[PG_ARGS_MAX];
    int lengths[PG_ARGS_MAX];
    /* Network-order copies of the numbers that values[] points to. */
    uint64_t numbers[PG_ARGS_MAX];
};

void pg_args_i64(struct pg_args *args, int64_t number);    /* bigint */
void pg_args_i32(struct pg_args *args, int32_t number);    /* integer */
void pg_args_bool(struct pg_args *args, bool value);       /* boolean */
void pg_args_text(struct pg_args *args, const char *text); /* text; NULL: SQL NULL */
void pg_args_bytes(struct pg_args *args, const void *data, size_t length); /* bytea */
void pg_args_time(struct pg_args *args, int64_t time_us);                  /* timestamptz */

/* One column of many rows, for `unnest($1::bigint[])`. Grows; reset to reuse its memory. */
enum pg_array_type {
    PG_ARRAY_I64,
    PG_ARRAY_I32,
    PG_ARRAY_BOOL,
    PG_ARRAY_TEXT,
    PG_ARRAY_BYTES,
    PG_ARRAY_TIME, /* timestamptz, from microseconds since 1970 */
};

struct pg_array;

/* NULL: no memory. */
struct pg_array *pg_array_new(enum pg_array_type type);
void pg_array_free(struct pg_array *array);
DEFINE_CLEANUP(struct pg_array *, pg_array_free)
void pg_array_reset(struct pg_array *array);
size_t pg_array_length(const struct pg_array *array);

/* I64, I32, BOOL and TIME take numbers; TEXT and BYTES take bytes. A push of the wrong kind is a
 * programmer error (assert). */
void pg_array_push_number(struct pg_array *array, int64_t number);
void pg_array_push_bytes(struct pg_array *array, const void *data, size_t length);
void pg_array_push_text(struct pg_array *array, const char *text);
void pg_array_push_null(struct pg_array *array);

/* `array` is borrowed until the execution was sent. */
void pg_args_array(struct pg_args *args, const struct pg_array *array);

/* One statement, one round trip. Inside pg_transaction()'s work only while nothing is queued
 * (assert); a lost connection is FAULT_RETRY there. `args` may be NULL, `ret_rows` too when no rows
 * are wanted. FAULT_RETRY: connection lost before it was sent, or a SQLSTATE of the kind (40001,
 * 40P01, 55P03, 57014, 57P01 … 03, 53xxx, 08xxx); FAULT_UNCERTAIN: lost after it was sent. */
MUST_CHECK int pg_execute(struct pg *pg, const struct pg_statement *statement,
                          const struct pg_args *args, struct pg_rows **ret_rows,
                          struct error *error);

/* A script of several statements without parameters or results (migrations, sessions settings). */
MUST_CHECK int pg_execute_script(struct pg *pg, const char *sql, struct error *error);

/* Each statement is planned anew at its next execution, from how large the tables are then: for
 * queues, whose plan of when they were empty would be kept until their next ANALYZE. */
MUST_CHECK int pg_forget_plans(struct pg *pg, struct error *error);

/* Pipelining: queue executions, then sync once, then take the results in the order queued. */
MUST_CHECK int pg_pipeline_queue(struct pg *pg, const struct pg_statement *statement,
                                 const struct pg_args *args, struct error *error);
MUST_CHECK int pg_pipeline_sync(struct pg *pg, struct error *error);
/* The result of the next queued execution; all of them must be taken before the next sync. After a
 * failed one the rest are FAULT_RETRY "aborted": the first text tells why. `ret_rows` may be NULL.
 */
MUST_CHECK int pg_pipeline_take(struct pg *pg, struct pg_rows **ret_rows, struct error *error);

/* The SQLSTATE of the last failure on this connection, "" when it had none ("23505"). */
const char *pg_sqlstate(const struct pg *pg);

/* Results, in binary. Row and column count from 0; the column's type is the statement's business.
 */
void pg_rows_free(struct pg_rows *rows);
DEFINE_CLEANUP(struct pg_rows *, pg_rows_free)
int pg_rows_count(const struct pg_rows *rows);
bool pg_rows_is_null(const struct pg_rows *rows, int row, int column);
/* smallint, integer, bigint; 0 for NULL. */
int64_t pg_rows_i64(const struct pg_rows *rows, int row, int column);
bool pg_rows_bool(const struct pg_rows *rows, int row, int column);
/* timestamptz in microseconds since 1970; 0 for NULL. */
int64_t pg_rows_time_us(const struct pg_rows *rows, int row, int column);
/* text, varchar, NUL-terminated; "" for NULL. Borrowed from the rows. */
const char *pg_rows_text(const struct pg_rows *rows, int row, int column);
/* bytea. Borrowed from the rows; NULL for NULL. */
const void *pg_rows_bytes(const struct pg_rows *rows, int row, int column, size_t *ret_length);

/* For poll(2) and LISTEN. -1: not connected. */
int pg_socket(const struct pg *pg);
