#include "lib/pg/connection.h"

#include "lib/base/clock.h"
#include "lib/pg/sqlstate.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

/* Seconds to connect when the conninfo doesn't say. */
static const char usual_connect_timeout[] = "5";

static void ignore_notice(void *context, const PGresult *result)
{
    (void)context;
    (void)result;
}

static void format_settings(const struct pg_options *options, char *text, size_t size)
{
    const struct {
        const char *name;
        int64_t value_ms;
    } settings[] = {
        {"lock_timeout",                        options->lock_timeout_ms               },
        {"statement_timeout",                   options->statement_timeout_ms          },
        {"idle_in_transaction_session_timeout", options->idle_in_transaction_timeout_ms},
    };
    size_t length = 0;

    for (size_t i = 0; i < ARRAY_LENGTH(settings); ++i) {
        if (settings[i].value_ms > 0)
            length += (size_t)snprintf(text + length, size - length, "SET %s = %" PRId64 ";",
                                       settings[i].name, settings[i].value_ms);
    }
    if (options->may_lose_commits)
        length += (size_t)snprintf(text + length, size - length, "SET synchronous_commit = off;");
    if (options->keeps_plans)
        (void)snprintf(text + length, size - length, "SET plan_cache_mode = force_generic_plan;");
}

/* libpq would find a malformed conninfo at each connect; no retry helps against it. */
static int check_conninfo(const char *conninfo, struct error *error)
{
    PQconninfoOption *parsed = PQconninfoParse(conninfo, NULL);

    if (parsed == NULL)
        return error_set(error, FAULT_HARD, "the PostgreSQL conninfo is malformed");
    PQconninfoFree(parsed);
    return 0;
}

static int set_up(struct pg *pg, const struct pg_options *options, struct error *error)
{
    const char *name = options->application_name != NULL ? options->application_name : "slipway";

    pg->conninfo = strdup(options->conninfo);
    pg->application_name = strdup(name);
    if (pg->conninfo == NULL || pg->application_name == NULL)
        return error_set(error, FAULT_HARD, "no memory");
    pg->answer_timeout_ms = options->answer_timeout_ms;
    format_settings(options, pg->settings, sizeof(pg->settings));
    return pg_ensure_connected(pg, error);
}

int pg_new(const struct pg_options *options, struct pg **ret_pg, struct error *error)
{
    struct pg *pg;
    int result = check_conninfo(options->conninfo, error);

    if (result != 0)
        return result;
    pg = calloc(1, sizeof(*pg));
    if (pg == NULL)
        return error_set(error, FAULT_HARD, "no memory");
    result = set_up(pg, options, error);
    if (result != 0) {
        pg_free(pg);
        return result;
    }
    *ret_pg = pg;
    return 0;
}

void pg_free(struct pg *pg)
{
    if (pg == NULL)
        return;
    pg_disconnect(pg);
    free(pg->prepared);
    free(pg->steps);
    free(pg->conninfo);
    free(pg->application_name);
    free(pg);
}

void pg_disconnect(struct pg *pg)
{
    PQfinish(pg->connection);
    pg->connection = NULL;
    pg->prepared_count = 0;
    pg->synced = pg->queued;
}

static int set_up_session(struct pg *pg, struct error *error)
{
    (void)PQsetNoticeReceiver(pg->connection, ignore_notice, NULL);
    if (PQsetnonblocking(pg->connection, 1) != 0 || PQenterPipelineMode(pg->connection) != 1)
        return pg_lose(pg, NULL, error);
    return pg->settings[0] != '\0' ? pg_run_script(pg, pg->settings, error) : 0;
}

static int connect_session(struct pg *pg, struct error *error)
{
    /* What stands before dbname is a default, what stands after it overrides the conninfo. */
    const char *const names[] = {"connect_timeout", "dbname", "application_name", "client_encoding",
                                 NULL};
    const char *const values[] = {usual_connect_timeout, pg->conninfo, pg->application_name, "UTF8",
                                  NULL};

    pg->taken = pg->synced = pg->queued = 0;
    pg->connection = PQconnectdbParams(names, values, 1);
    if (PQstatus(pg->connection) != CONNECTION_OK)
        return pg_lose(pg, NULL, error);
    return set_up_session(pg, error);
}

int pg_ensure_connected(struct pg *pg, struct error *error)
{
    if (pg->connection != NULL)
        return 0;
    if (pg->in_transaction && !pg->begin_is_due)
        return error_set(error, FAULT_RETRY, "aborted: the connection was lost");
    return connect_session(pg, error);
}

int pg_lose(struct pg *pg, const char *reason, struct error *error)
{
    const char *text = reason != NULL ? reason : PQerrorMessage(pg->connection);

    (void)error_set(error, FAULT_RETRY, "connection to PostgreSQL: %.*s", (int)strcspn(text, "\n"),
                    text);
    pg->sqlstate[0] = '\0';
    pg_disconnect(pg);
    return FAULT_RETRY;
}

static bool is_fatal(const PGresult *result)
{
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);

    return severity != NULL && (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0);
}

int pg_fail(struct pg *pg, const PGresult *result, const char *what, struct error *error)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    struct sqlstate_meaning meaning;

    if (PQresultStatus(result) == PGRES_PIPELINE_ABORTED)
        return error_set(error, FAULT_RETRY, "%s: aborted by an earlier failure", what);
    if (sqlstate == NULL)
        return pg_lose(pg, NULL, error);
    meaning = sqlstate_meaning(sqlstate);
    (void)snprintf(pg->sqlstate, sizeof(pg->sqlstate), "%s", sqlstate);
    (void)error_set(error, meaning.fault, "%s: %s (%s)", what, text != NULL ? text : "", sqlstate);
    if (meaning.ends_session || is_fatal(result))
        pg_disconnect(pg);
    return meaning.fault;
}

/* For poll(2); a deadline of 0 is none. */
static int time_left_ms(int64_t deadline_ms)
{
    const int64_t left_ms = deadline_ms - clock_monotonic_ms();

    if (deadline_ms == 0)
        return -1;
    if (left_ms <= 0)
        return 0;
    return left_ms < INT_MAX ? (int)left_ms : INT_MAX;
}

static int wait_for(struct pg *pg, short events, int64_t deadline_ms, struct error *error)
{
    struct pollfd poll_fd = {.fd = PQsocket(pg->connection), .events = events};

    for (;;) {
        const int ready = poll(&poll_fd, 1, time_left_ms(deadline_ms));

        if (ready == 0)
            return pg_lose(pg, "no answer in time", error);
        if (ready < 0 && errno != EINTR)
            return pg_lose(pg, "poll failed", error);
        if (ready > 0 && (poll_fd.revents & POLLOUT) != 0 && (poll_fd.revents & POLLIN) == 0)
            return 0;
        if (ready > 0)
            return PQconsumeInput(pg->connection) == 1 ? 0 : pg_lose(pg, NULL, error);
    }
}

void pg_drop_ended_session(struct pg *pg)
{
    struct pollfd poll_fd = {.events = POLLIN};

    while (pg->connection != NULL) {
        poll_fd.fd = PQsocket(pg->connection);
        if (poll(&poll_fd, 1, 0) <= 0)
            return;
        /* Notices and changed parameters are read over; the end of the connection is what counts.
         */
        if (PQconsumeInput(pg->connection) != 1 || PQstatus(pg->connection) != CONNECTION_OK)
            pg_disconnect(pg);
        else
            (void)PQisBusy(pg->connection);
    }
}

static int64_t answer_deadline_ms(const struct pg *pg)
{
    return pg->answer_timeout_ms > 0 ? clock_monotonic_ms() + pg->answer_timeout_ms : 0;
}

int pg_flush(struct pg *pg, struct error *error)
{
    const int64_t deadline_ms = answer_deadline_ms(pg);

    for (;;) {
        const int left = PQflush(pg->connection);
        int result;

        if (left == 0)
            return 0;
        if (left < 0)
            return pg_lose(pg, NULL, error);
        result = wait_for(pg, POLLIN | POLLOUT, deadline_ms, error);
        if (result != 0)
            return result;
    }
}

int pg_next_result(struct pg *pg, PGresult **ret_result, struct error *error)
{
    int64_t deadline_ms = 0;

    if (PQisBusy(pg->connection))
        deadline_ms = answer_deadline_ms(pg);
    while (PQisBusy(pg->connection)) {
        const int result = wait_for(pg, POLLIN, deadline_ms, error);

        if (result != 0)
            return result;
    }
    *ret_result = PQgetResult(pg->connection);
    return 0;
}

const char *pg_sqlstate(const struct pg *pg)
{
    return pg->sqlstate;
}

int pg_socket(const struct pg *pg)
{
    return pg->connection != NULL ? PQsocket(pg->connection) : -1;
}
