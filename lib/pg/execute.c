#include "lib/pg/connection.h"

#include <assert.h>

/* Outside a transaction the sync commits: from then on a lost connection leaves it open what was
 * done. */
static int uncertain_if_lost(const struct pg *pg, int fault)
{
    return pg->connection == NULL && !pg->in_transaction ? (int)FAULT_UNCERTAIN : fault;
}

static int take_only_result(struct pg *pg, PGresult **ret_result, struct error *error)
{
    CLEANUP(pg_clear_result) PGresult *result = NULL;
    int outcome = pg_take_result(pg, &result, error);
    int end;

    /* An error that the server reported for the statement itself is certain, though the session
     * ended. */
    if (outcome != 0 && pg->sqlstate[0] == '\0')
        return uncertain_if_lost(pg, outcome);
    end = pg_take_sync(pg, outcome == 0 ? error : NULL);
    if (outcome != 0)
        return outcome;
    if (end != 0)
        return uncertain_if_lost(pg, end);
    *ret_result = TAKE(result);
    return 0;
}

int pg_execute(struct pg *pg, const struct pg_statement *statement, const struct pg_args *args,
               struct pg_rows **ret_rows, struct error *error)
{
    CLEANUP(pg_clear_result) PGresult *result = NULL;
    int outcome;

    if (pg->in_transaction)
        assert(pg->queued == 0);
    else
        pg_start_afresh(pg);
    outcome = pg_pipeline_queue(pg, statement, args, error);
    if (outcome != 0)
        return outcome;
    outcome = pg_pipeline_sync(pg, error);
    if (outcome != 0)
        return uncertain_if_lost(pg, outcome);
    outcome = take_only_result(pg, &result, error);
    if (outcome == 0 && ret_rows != NULL)
        *ret_rows = pg_rows_from(TAKE(result));
    return outcome;
}

static int take_script_results(struct pg *pg, struct error *error)
{
    int first = 0;

    while (pg->connection != NULL) {
        CLEANUP(pg_clear_result) PGresult *result = NULL;
        int outcome = pg_next_result(pg, &result, first == 0 ? error : NULL);
        ExecStatusType status;

        if (outcome == 0 && result == NULL)
            break;
        status = PQresultStatus(result);
        if (outcome == 0 && status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK &&
            status != PGRES_EMPTY_QUERY)
            outcome = pg_fail(pg, result, "script", first == 0 ? error : NULL);
        if (first == 0)
            first = outcome;
    }
    return first;
}

int pg_run_script(struct pg *pg, const char *sql, struct error *error)
{
    int result;

    if (PQexitPipelineMode(pg->connection) != 1 || PQsendQuery(pg->connection, sql) != 1)
        return pg_lose(pg, NULL, error);
    result = pg_flush(pg, error);
    if (result == 0)
        result = take_script_results(pg, error);
    if (pg->connection != NULL && PQenterPipelineMode(pg->connection) != 1)
        return pg_lose(pg, NULL, error);
    return result;
}

int pg_execute_script(struct pg *pg, const char *sql, struct error *error)
{
    int result;

    if (pg->in_transaction)
        assert(pg->queued == 0);
    else
        pg_start_afresh(pg);
    result = pg_begin_now(pg, error);
    if (result != 0)
        return result;
    result = pg_run_script(pg, sql, error);
    return result != 0 ? uncertain_if_lost(pg, result) : 0;
}

int pg_forget_plans(struct pg *pg, struct error *error)
{
    return pg_execute_script(pg, "DISCARD PLANS", error);
}
