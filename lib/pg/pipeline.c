#include "lib/pg/array.h"
#include "lib/pg/connection.h"

#include <assert.h>

static const struct pg_statement begin_statement = {"begin", "BEGIN"};
static const struct pg_args no_args = {.count = 0};
static const int all_binary[PG_ARGS_MAX] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                            1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

static bool is_prepared(const struct pg *pg, const struct pg_statement *statement)
{
    for (size_t i = 0; i < pg->prepared_count; ++i) {
        if (pg->prepared[i] == statement)
            return true;
    }
    return false;
}

static void forget_prepared(struct pg *pg, const struct pg_statement *statement)
{
    for (size_t i = 0; i < pg->prepared_count; ++i) {
        if (pg->prepared[i] == statement)
            pg->prepared[i--] = pg->prepared[--pg->prepared_count];
    }
}

static size_t larger(size_t capacity)
{
    return capacity != 0 ? capacity * 2 : 32;
}

static int add_step(struct pg *pg, enum step_kind kind, const struct pg_statement *statement,
                    struct error *error)
{
    if (pg->queued == pg->step_capacity) {
        const size_t capacity = larger(pg->step_capacity);
        struct step *steps = reallocarray(pg->steps, capacity, sizeof(*steps));

        if (steps == NULL)
            return error_set(error, FAULT_HARD, "no memory");
        pg->steps = steps;
        pg->step_capacity = capacity;
    }
    pg->steps[pg->queued++] = (struct step){kind, statement};
    return 0;
}

static int reserve_prepared(struct pg *pg, struct error *error)
{
    const size_t capacity = larger(pg->prepared_capacity);
    const struct pg_statement **prepared;

    if (pg->prepared_count < pg->prepared_capacity)
        return 0;
    prepared = reallocarray(pg->prepared, capacity, sizeof(void *));
    if (prepared == NULL)
        return error_set(error, FAULT_HARD, "no memory");
    pg->prepared = prepared;
    pg->prepared_capacity = capacity;
    return 0;
}

static int queue_prepare(struct pg *pg, const struct pg_statement *statement,
                         const struct pg_args *args, struct error *error)
{
    int result;

    if (is_prepared(pg, statement))
        return 0;
    result = reserve_prepared(pg, error);
    if (result == 0)
        result = add_step(pg, STEP_PREPARE, statement, error);
    if (result != 0)
        return result;
    if (PQsendPrepare(pg->connection, statement->name, statement->sql, args->count, args->types) !=
        1)
        return pg_lose(pg, NULL, error);
    pg->prepared[pg->prepared_count++] = statement;
    return 0;
}

static int queue_execution(struct pg *pg, enum step_kind kind, const struct pg_statement *statement,
                           const struct pg_args *args, struct error *error)
{
    int result = queue_prepare(pg, statement, args, error);

    if (result == 0)
        result = add_step(pg, kind, statement, error);
    if (result != 0)
        return result;
    if (PQsendQueryPrepared(pg->connection, statement->name, args->count, args->values,
                            args->lengths, all_binary, 1) != 1)
        return pg_lose(pg, NULL, error);
    return 0;
}

static int queue_begin_if_due(struct pg *pg, struct error *error)
{
    int result;

    if (!pg->begin_is_due)
        return 0;
    result = queue_execution(pg, STEP_BEGIN, &begin_statement, &no_args, error);
    pg->begin_is_due = false;
    return result;
}

static bool has_broken_argument(const struct pg_args *args)
{
    for (int i = 0; i < args->count; ++i) {
        if (args->lengths[i] == PG_ARGS_BROKEN)
            return true;
    }
    return false;
}

int pg_pipeline_queue(struct pg *pg, const struct pg_statement *statement,
                      const struct pg_args *args, struct error *error)
{
    int result;

    if (args == NULL)
        args = &no_args;
    if (has_broken_argument(args))
        return error_set(error, FAULT_HARD, "%s: an array grew over its bound", statement->name);
    result = pg_ensure_connected(pg, error);
    if (result == 0)
        result = queue_begin_if_due(pg, error);
    if (result == 0)
        result = queue_execution(pg, STEP_EXECUTE, statement, args, error);
    return result;
}

int pg_begin_now(struct pg *pg, struct error *error)
{
    int result = pg_ensure_connected(pg, error);

    if (!pg->begin_is_due || result != 0)
        return result;
    result = queue_begin_if_due(pg, error);
    if (result == 0)
        result = pg_pipeline_sync(pg, error);
    if (result == 0)
        result = pg_take_result(pg, NULL, error);
    return result != 0 ? result : pg_take_sync(pg, error);
}

/* Results of the last segment that nobody took stand before those of the next. */
static void drop_untaken(struct pg *pg)
{
    if (pg->taken == pg->synced)
        return;
    while (pg->connection != NULL && pg->taken < pg->synced)
        (void)pg_take_result(pg, NULL, NULL);
    (void)pg_take_sync(pg, NULL);
}

int pg_pipeline_sync(struct pg *pg, struct error *error)
{
    drop_untaken(pg);
    if (pg->connection == NULL)
        return error_set(error, FAULT_RETRY, "aborted: the connection was lost");
    if (PQpipelineSync(pg->connection) != 1)
        return pg_lose(pg, NULL, error);
    pg->synced = pg->queued;
    return pg_flush(pg, error);
}

static bool has_succeeded(const PGresult *result)
{
    const ExecStatusType status = PQresultStatus(result);

    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

/* In a pipeline each result is followed by a NULL. */
static int take_end_of_results(struct pg *pg, struct error *error)
{
    CLEANUP(pg_clear_result) PGresult *result = NULL;
    const int outcome = pg_next_result(pg, &result, error);

    if (outcome == 0 && result != NULL)
        return pg_lose(pg, "out of step with the server", error);
    return outcome;
}

static int take_step(struct pg *pg, const struct step *step, PGresult **ret_result,
                     struct error *error)
{
    CLEANUP(pg_clear_result) PGresult *result = NULL;
    int outcome;

    if (pg->connection == NULL)
        return error_set(error, FAULT_RETRY, "aborted: the connection was lost");
    outcome = pg_next_result(pg, &result, error);
    if (outcome != 0)
        return outcome;
    if (!has_succeeded(result)) {
        outcome = pg_fail(pg, result, step->statement->name, error);
        if (step->kind == STEP_PREPARE)
            forget_prepared(pg, step->statement);
    }
    if (pg->connection != NULL) {
        const int end = take_end_of_results(pg, outcome == 0 ? error : NULL);

        if (outcome == 0)
            outcome = end;
    }
    if (outcome == 0)
        *ret_result = TAKE(result);
    return outcome;
}

int pg_take_result(struct pg *pg, PGresult **ret_result, struct error *error)
{
    enum step_kind kind = STEP_BEGIN;
    int first = 0;

    while (kind != STEP_EXECUTE && pg->taken < pg->synced) {
        const struct step step = pg->steps[pg->taken++];
        CLEANUP(pg_clear_result) PGresult *result = NULL;
        const int outcome = take_step(pg, &step, &result, first == 0 ? error : NULL);

        kind = step.kind;
        if (first == 0)
            first = outcome;
        if (first == 0 && kind == STEP_EXECUTE && ret_result != NULL)
            *ret_result = TAKE(result);
    }
    return first;
}

int pg_take_sync(struct pg *pg, struct error *error)
{
    bool is_synced = false;
    int first = 0;

    for (unsigned nothing = 0; !is_synced && pg->connection != NULL;) {
        CLEANUP(pg_clear_result) PGresult *result = NULL;
        int outcome = pg_next_result(pg, &result, first == 0 ? error : NULL);

        if (outcome == 0 && result == NULL && ++nothing > 1)
            outcome = pg_lose(pg, "out of step with the server", first == 0 ? error : NULL);
        is_synced = result != NULL && PQresultStatus(result) == PGRES_PIPELINE_SYNC;
        if (outcome == 0 && result != NULL && !is_synced)
            outcome = pg_fail(pg, result, "commit", first == 0 ? error : NULL);
        if (first == 0)
            first = outcome;
    }
    if (pg->taken == pg->queued)
        pg->taken = pg->synced = pg->queued = 0;
    return first;
}

int pg_pipeline_take(struct pg *pg, struct pg_rows **ret_rows, struct error *error)
{
    CLEANUP(pg_clear_result) PGresult *result = NULL;
    int outcome, end = 0;

    assert(pg->taken < pg->synced || pg->connection == NULL);
    if (pg->taken >= pg->synced)
        return error_set(error, FAULT_RETRY, "aborted: the connection was lost");
    outcome = pg_take_result(pg, &result, error);
    if (pg->taken == pg->synced)
        end = pg_take_sync(pg, outcome == 0 ? error : NULL);
    if (outcome == 0)
        outcome = end;
    if (outcome == 0 && ret_rows != NULL)
        *ret_rows = pg_rows_from(TAKE(result));
    return outcome;
}

void pg_pipeline_drop(struct pg *pg)
{
    if (pg->connection != NULL && pg->queued > pg->synced && pg_pipeline_sync(pg, NULL) != 0)
        pg_disconnect(pg);
    drop_untaken(pg);
    pg->taken = pg->synced = pg->queued = 0;
}

void pg_start_afresh(struct pg *pg)
{
    pg_pipeline_drop(pg);
    pg_drop_ended_session(pg);
}
