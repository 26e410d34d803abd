#include "lib/pg/transaction.h"

#include "lib/base/backoff.h"
#include "lib/base/clock.h"
#include "lib/pg/connection.h"

#include <assert.h>
#include <string.h>

static const struct pg_statement commit_statement = {"commit", "COMMIT"};
static const struct pg_statement rollback_statement = {"rollback", "ROLLBACK"};

/* What the work synced and didn't take still counts. */
static int check_untaken(struct pg *pg, struct error *error)
{
    while (pg->taken < pg->synced) {
        const int result = pg_pipeline_take(pg, NULL, error);

        if (result != 0)
            return result;
    }
    return 0;
}

/* Takes the segment that ends with COMMIT. *ret_is_open: nobody knows whether it took place. */
static int take_commit(struct pg *pg, PGresult **ret_commit, bool *ret_is_open, struct error *error)
{
    bool failed_at_commit = false;
    int first = 0;

    while (pg->taken < pg->synced) {
        CLEANUP(pg_clear_result) PGresult *result = NULL;
        const int outcome = pg_take_result(pg, &result, first == 0 ? error : NULL);
        const bool is_commit = pg->taken == pg->synced;

        if (first == 0 && outcome != 0)
            failed_at_commit = is_commit;
        if (first == 0)
            first = outcome;
        if (first == 0 && is_commit)
            *ret_commit = TAKE(result);
    }
    /* An error that the server reported for an earlier statement kept it from running COMMIT. One
     * that ended the session at COMMIT itself may have come after the local commit (a wait for a
     * standby). */
    if (first != 0 && pg->connection == NULL)
        *ret_is_open = failed_at_commit || pg->sqlstate[0] == '\0';
    return first;
}

static int commit(struct pg *pg, bool *ret_is_open, struct error *error)
{
    CLEANUP(pg_clear_result) PGresult *tag = NULL;
    int result;

    if (pg->begin_is_due)
        return 0;
    result = check_untaken(pg, error);
    if (result == 0)
        result = pg_pipeline_queue(pg, &commit_statement, NULL, error);
    if (result != 0)
        return result;
    result = pg_pipeline_sync(pg, error);
    if (result != 0) {
        *ret_is_open = true;
        return result;
    }
    result = take_commit(pg, &tag, ret_is_open, error);
    /* The answer to COMMIT counts; a session that ends right behind it is the next one's business.
     */
    (void)pg_take_sync(pg, NULL);
    if (result == 0 && strcmp(PQcmdStatus(tag), "COMMIT") != 0)
        return error_set(error, FAULT_HARD, "the work went on after a failed statement");
    return result;
}

/* Leaves the session idle, or gives it up. */
static void roll_back(struct pg *pg)
{
    char sqlstate[sizeof(pg->sqlstate)];

    memcpy(sqlstate, pg->sqlstate, sizeof(sqlstate));
    pg_pipeline_drop(pg);
    if (pg->connection != NULL && PQtransactionStatus(pg->connection) != PQTRANS_IDLE &&
        (pg_pipeline_queue(pg, &rollback_statement, NULL, NULL) != 0 ||
         pg_pipeline_sync(pg, NULL) != 0 || pg_pipeline_take(pg, NULL, NULL) != 0))
        pg_disconnect(pg);
    memcpy(pg->sqlstate, sqlstate, sizeof(sqlstate));
}

static int run_once(struct pg *pg, pg_work_fn work, void *context, bool *ret_is_open,
                    struct error *error)
{
    int result;

    pg_start_afresh(pg);
    pg->in_transaction = true;
    pg->begin_is_due = true;
    result = work(pg, context, error);
    if (result == 0)
        result = commit(pg, ret_is_open, error);
    if (result != 0 && !pg->begin_is_due)
        roll_back(pg);
    pg->begin_is_due = false;
    pg->in_transaction = false;
    return result;
}

static bool may_run_again(const struct pg_transaction_options *options, struct backoff *backoff)
{
    int64_t wait_ms;

    if (backoff->attempt + 1 >= options->attempts)
        return false;
    wait_ms = backoff_next_ms(backoff);
    if (options->deadline_ms != 0 && clock_monotonic_ms() + wait_ms >= options->deadline_ms)
        return false;
    clock_sleep_ms(wait_ms);
    return true;
}

int pg_transaction(struct pg *pg, const struct pg_transaction_options *options, pg_work_fn work,
                   void *context, struct error *error)
{
    struct backoff backoff = {.first_ms = options->first_wait_ms,
                              .longest_ms = options->longest_wait_ms};
    bool was_open = false;

    assert(options->attempts >= 1);
    assert(!pg->in_transaction);
    for (;;) {
        bool is_open = false;
        const int result = run_once(pg, work, context, &is_open, error);

        was_open = was_open || is_open;
        /* After an open commit a fault of a later run says nothing about what the first one did. */
        if (result >= 0)
            return result;
        if (is_open && !options->idempotent)
            return FAULT_UNCERTAIN;
        if (result != FAULT_RETRY || !may_run_again(options, &backoff))
            return was_open ? (int)FAULT_UNCERTAIN : result;
    }
}
