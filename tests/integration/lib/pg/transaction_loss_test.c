/* Sessions that end in the middle of a transaction, and answers that are lost. */
#include "tests/support/cut_proxy.h"
#include "tests/support/pg_counter.h"

#include <stdio.h>
#include <stdlib.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct pg_transaction_options thrice_idempotent = {
    .attempts = 3, .first_wait_ms = 1, .longest_wait_ms = 5, .idempotent = true};

struct work {
    struct cut_proxy *proxy;
    struct counter_work counter;
};

static int add_once(struct pg *pg, void *context, struct error *error)
{
    struct work *work = context;

    return counter_add_once(pg, &work->counter, error);
}

static int lose_session_first(struct pg *pg, void *context, struct error *error)
{
    struct work *work = context;
    int result = counter_run(pg, &counter_add, 1, error);

    if (result == 0 && work->counter.runs++ == 0)
        result = pg_execute(pg, &counter_end_session, NULL, NULL, error);
    return result;
}

static void session_lost_before_commit_is_run_again(void **state)
{
    struct work work = {.counter = {0}};

    assert_int_equal(pg_transaction(*state, &counter_thrice, lose_session_first, &work, NULL), 0);
    assert_int_equal(work.counter.runs, 2);
    assert_int_equal(counter_value(*state, 1), 1);
}

static int end_session_before_commit(struct pg *pg, void *context, struct error *error)
{
    int result = add_once(pg, context, error);

    if (result == 0 && ((struct work *)context)->counter.runs == 1)
        result = pg_pipeline_queue(pg, &counter_end_session, NULL, error);
    return result;
}

static void session_that_ended_ahead_of_a_sent_commit_is_certain(void **state)
{
    struct work work = {.counter = {0}};

    assert_int_equal(
        pg_transaction(*state, &counter_thrice, end_session_before_commit, &work, NULL), 0);
    assert_int_equal(work.counter.runs, 2);
    assert_int_equal(counter_value(*state, 1), 1);
}

/* A session through a relay that loses the answer to the first COMMIT. */
static struct pg *connect_through(struct cut_proxy **ret_proxy, struct pg *direct)
{
    static const struct pg_statement find_port = {"find_port",
                                                  "SELECT current_setting('port')::int"};
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    char conninfo[512];

    assert_int_equal(pg_execute(direct, &find_port, NULL, &rows, NULL), 0);
    *ret_proxy = cut_proxy_new((uint16_t)pg_rows_i64(rows, 0, 0));
    assert_non_null(*ret_proxy);
    (void)snprintf(conninfo, sizeof(conninfo), "%s host=127.0.0.1 port=%u sslmode=disable",
                   getenv("SLIPWAY_TEST_PG"), (unsigned)cut_proxy_port(*ret_proxy));
    return counter_connect(conninfo);
}

static int add_and_lose_answer(struct pg *pg, void *context, struct error *error)
{
    struct work *work = context;
    int result = counter_run(pg, &counter_read, 1, error);

    if (result != 0)
        return result;
    cut_proxy_lose_next_answer(work->proxy);
    return add_once(pg, work, error);
}

static void commit_without_an_answer_is_uncertain(void **state)
{
    CLEANUP(cut_proxy_free_cleanup) struct cut_proxy *proxy = NULL;
    CLEANUP(pg_free_cleanup) struct pg *pg = connect_through(&proxy, *state);
    struct work work = {.proxy = proxy};

    assert_int_equal(pg_transaction(pg, &counter_thrice, add_and_lose_answer, &work, NULL),
                     FAULT_UNCERTAIN);
    assert_int_equal(work.counter.runs, 1);
    assert_int_equal(counter_value(*state, 1), 1);
    /* The next transaction finds the way again. */
    assert_int_equal(pg_transaction(pg, &counter_thrice, add_once, &work, NULL), 0);
    assert_int_equal(counter_value(*state, 1), 2);
}

/* Resolved by what is there, as billing does by its idempotency records. */
static int add_unless_done(struct pg *pg, void *context, struct error *error)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    struct work *work = context;
    struct pg_args args = {.count = 0};
    int result;

    pg_args_i64(&args, 1);
    result = pg_execute(pg, &counter_read, &args, &rows, error);
    if (result != 0)
        return result;
    if (pg_rows_i64(rows, 0, 0) != 0) {
        ++work->counter.runs;
        return 0;
    }
    cut_proxy_lose_next_answer(work->proxy);
    return add_once(pg, work, error);
}

static void uncertain_commit_of_idempotent_work_is_resolved(void **state) /* INV-3 */
{
    CLEANUP(cut_proxy_free_cleanup) struct cut_proxy *proxy = NULL;
    CLEANUP(pg_free_cleanup) struct pg *pg = connect_through(&proxy, *state);
    struct work work = {.proxy = proxy};

    assert_int_equal(pg_transaction(pg, &thrice_idempotent, add_unless_done, &work, NULL), 0);
    assert_int_equal(work.counter.runs, 2);
    assert_int_equal(counter_value(*state, 1), 1);
}

static void uncertain_commit_stays_uncertain_when_attempts_run_out(void **state)
{
    CLEANUP(cut_proxy_free_cleanup) struct cut_proxy *proxy = NULL;
    CLEANUP(pg_free_cleanup) struct pg *pg = connect_through(&proxy, *state);
    struct work work = {.proxy = proxy};

    assert_int_equal(pg_transaction(pg, &thrice_idempotent, add_and_lose_answer, &work, NULL),
                     FAULT_UNCERTAIN);
    assert_int_equal(work.counter.runs, 3);
}

static void session_that_ends_at_commit_itself_is_uncertain(void **state)
{
    struct work work = {.counter = {0}};

    assert_int_equal(
        pg_execute_script(
            *state,
            "CREATE FUNCTION pg_temp.end_session() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';"
            "CREATE CONSTRAINT TRIGGER at_commit AFTER UPDATE ON transaction_test"
            " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION pg_temp.end_session()",
            NULL),
        0);
    assert_int_equal(pg_transaction(*state, &counter_thrice, add_once, &work, NULL),
                     FAULT_UNCERTAIN);
    assert_int_equal(work.counter.runs, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        on_fresh_counter(session_lost_before_commit_is_run_again),
        on_fresh_counter(session_that_ended_ahead_of_a_sent_commit_is_certain),
        on_fresh_counter(commit_without_an_answer_is_uncertain),
        on_fresh_counter(uncertain_commit_of_idempotent_work_is_resolved),
        on_fresh_counter(uncertain_commit_stays_uncertain_when_attempts_run_out),
        on_fresh_counter(session_that_ends_at_commit_itself_is_uncertain),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
