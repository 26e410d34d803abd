/* What the files of lib/pg share: the connection, its pipeline's bookkeeping, and how it fails. */
#pragma once

#include "lib/pg/pg.h"

#include <libpq-fe.h>

/* Each step of the pipeline brings exactly one result. */
enum step_kind {
    STEP_BEGIN,   /* ours; taken with the execution that follows it */
    STEP_PREPARE, /* ours; taken with the execution that follows it */
    STEP_EXECUTE, /* the caller's */
};

struct step {
    enum step_kind kind;
    const struct pg_statement *statement;
};

struct pg {
    /* NULL: not connected; the next use connects. In pipeline mode whenever it is idle. */
    PGconn *connection;
    char *conninfo;
    char *application_name;
    /* The SETs of a new session. */
    char settings[256];
    int64_t answer_timeout_ms;
    char sqlstate[6];
    /* Between begin and end of pg_transaction(): nothing may reconnect behind its back. */
    bool in_transaction;
    /* BEGIN goes out with the first execution, if there is one. */
    bool begin_is_due;
    /* Statements that this session knows. */
    const struct pg_statement **prepared;
    size_t prepared_count, prepared_capacity;
    /* taken ≤ synced ≤ queued; all 0 again when everything is taken. */
    struct step *steps;
    size_t taken, synced, queued, step_capacity;
};

static inline void pg_clear_result(PGresult **result)
{
    PQclear(*result);
}

/* 0: there is a session. FAULT_RETRY: can't connect, or it was lost inside a transaction. */
MUST_CHECK int pg_ensure_connected(struct pg *pg, struct error *error);

/* Gives the session up; what is still to be taken comes out as aborted. */
void pg_disconnect(struct pg *pg);

/* Gives the session up because of libpq's error or, when `reason` is not NULL, because of that.
 * Returns FAULT_RETRY. */
int pg_lose(struct pg *pg, const char *reason, struct error *error);

/* Keeps the SQLSTATE of a failed result and gives the session up when the failure ended it. Returns
 * the fault. */
int pg_fail(struct pg *pg, const PGresult *result, const char *what, struct error *error);

/* Between uses: a session that the server ended meanwhile is given up now, before anything is sent
 * on it whose outcome would then be unknown. */
void pg_drop_ended_session(struct pg *pg);

/* Sends all that libpq holds, reading meanwhile so that neither side blocks the other. */
MUST_CHECK int pg_flush(struct pg *pg, struct error *error);

/* PQgetResult() within the answer timeout; *ret_result may be NULL, as there. */
MUST_CHECK int pg_next_result(struct pg *pg, PGresult **ret_result, struct error *error);

/* A script by the simple protocol, outside pipeline mode and back. */
MUST_CHECK int pg_run_script(struct pg *pg, const char *sql, struct error *error);

/* Queues a BEGIN that is due and sends it on its own. */
MUST_CHECK int pg_begin_now(struct pg *pg, struct error *error);

/* As pg_pipeline_take(), but the result is libpq's and the sync that may follow is not read. The
 * result may be ignored, as in pg_take_sync(), by who only clears the way: what failed has then
 * ended or still shows in the session. */
int pg_take_result(struct pg *pg, PGresult **ret_result, struct error *error);

/* After the last result of a segment: its sync. Where no BEGIN stands, this is where it commits. */
int pg_take_sync(struct pg *pg, struct error *error);

/* Sends and takes what is left of an abandoned pipeline, whatever comes of it. */
void pg_pipeline_drop(struct pg *pg);

/* Where a use begins that may not inherit anything from the one before. */
void pg_start_afresh(struct pg *pg);

/* libpq's result as rows; pg_rows_free() clears it. */
struct pg_rows *pg_rows_from(PGresult *result);
