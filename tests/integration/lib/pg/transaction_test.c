#include "lib/base/clock.h"
#include "lib/pg/transaction.h"
#include "tests/support/cut_proxy.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct pg_statement add_to = {
    "add_to", "UPDATE transaction_test SET value = value + 1 WHERE id = $1"};
static const struct pg_statement read_from = {"read_from",
                                              "SELECT value FROM transaction_test WHERE id = $1"};
static const struct pg_statement divide = {"divide", "SELECT 1 / $1"};
static const struct pg_statement terminate = {"terminate",
                                              "SELECT pg_terminate_backend(pg_backend_pid())"};

enum { REFUSED = 7 };

static const struct pg_transaction_options thrice = {
    .attempts = 3, .first_wait_ms = 1, .longest_wait_ms = 5};
static const struct pg_transaction_options thrice_idempotent = {
    .attempts = 3, .first_wait_ms = 1, .longest_wait_ms = 5, .idempotent = true};

struct work {
    /* A second session, to get in the way with. */
    struct pg *other;
    struct cut_proxy *proxy;
    int runs;
};

static struct pg *connect_to(const char *conninfo)
{
    const struct pg_options options = {.conninfo = conninfo,
                                       .application_name = "transaction_test",
                                       .lock_timeout_ms = 200,
                                       .answer_timeout_ms = 10000};
    struct error error = {""};
    struct pg *pg = NULL;

    if (options.conninfo == NULL)
        fail_msg("SLIPWAY_TEST_PG is not set");
    if (pg_new(&options, &pg, &error) != 0)
        fail_msg("%s", error.text);
    return pg;
}

static int set_up(void **state)
{
    struct pg *pg = connect_to(getenv("SLIPWAY_TEST_PG"));

    assert_int_equal(
        pg_execute_script(pg,
                          "DROP TABLE IF EXISTS transaction_test;"
                          "CREATE TABLE transaction_test (id bigint PRIMARY KEY, value int);"
                          "INSERT INTO transaction_test VALUES (1, 0), (2, 0)",
                          NULL),
        0);
    *state = pg;
    return 0;
}

static int tear_down(void **state)
{
    assert_int_equal(pg_execute_script(*state, "DROP TABLE transaction_test", NULL), 0);
    pg_free(*state);
    return 0;
}

static int queue_with(struct pg *pg, const struct pg_statement *statement, int64_t number,
                      struct error *error)
{
    struct pg_args args = {.count = 0};

    pg_args_i64(&args, number);
    return pg_pipeline_queue(pg, statement, &args, error);
}

static int run_with(struct pg *pg, const struct pg_statement *statement, int64_t number,
                    struct error *error)
{
    int result = queue_with(pg, statement, number, error);

    if (result == 0)
        result = pg_pipeline_sync(pg, error);
    return result != 0 ? result : pg_pipeline_take(pg, NULL, error);
}

static int64_t value_of(struct pg *pg, int64_t id)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    struct pg_args args = {.count = 0};

    pg_args_i64(&args, id);
    assert_int_equal(pg_execute(pg, &read_from, &args, &rows, NULL), 0);
    return pg_rows_i64(rows, 0, 0);
}

static int add_once(struct pg *pg, void *context, struct error *error)
{
    struct work *work = context;

    ++work->runs;
    return queue_with(pg, &add_to, 1, error);
}

static void what_is_queued_is_committed(void **state)
{
    struct work work = {.runs = 0};

    assert_int_equal(pg_transaction(*state, &thrice, add_once, &work, NULL), 0);
    assert_int_equal(work.runs, 1);
    assert_int_equal(value_of(*state, 1), 1);
}

static int read_then_add(struct pg *pg, void *context, struct error *error)
{
    struct work *work = context;
    int result = run_with(pg, &read_from, 1, error);

    if (result != 0)
        return result;
    return add_once(pg, work, error);
}

static void reading_before_writing_is_one_transaction(void **state)
{
    struct work work = {.runs = 0};

    assert_int_equal(pg_transaction(*state, &thrice, read_then_add, &work, NULL), 0);
    assert_int_equal(value_of(*state, 1), 1);
}

static int add_then_refuse(struct pg *pg, void *context, struct error *error)
{
    int result = run_with(pg, &add_to, 1, error);

    (void)context;
    if (result == 0)
        result = queue_with(pg, &add_to, 2, error);
    return result != 0 ? result : REFUSED;
}

static void refusal_rolls_back(void **state)
{
    assert_int_equal(pg_transaction(*state, &thrice, add_then_refuse, NULL, NULL), REFUSED);
    assert_int_equal(value_of(*state, 1), 0);
    assert_int_equal(value_of(*state, 2), 0);
}

static int refuse(struct pg *pg, void *context, struct error *error)
{
    (void)pg;
    (void)context;
    (void)error;
    return REFUSED;
}

static void refusal_before_any_statement_needs_no_server(void **state)
{
    assert_int_equal(pg_execute(*state, &terminate, NULL, NULL, NULL), FAULT_RETRY);
    assert_int_equal(pg_transaction(*state, &thrice, refuse, NULL, NULL), REFUSED);
    assert_int_equal(pg_socket(*state), -1);
}

static int add_then_fail(struct pg *pg, void *context, struct error *error)
{
    int result = add_once(pg, context, error);

    return result != 0 ? result : queue_with(pg, &divide, 0, error);
}

static void failed_statement_rolls_back_and_is_not_repeated(void **state)
{
    struct work work = {.runs = 0};
    struct error error = {""};

    assert_int_equal(pg_transaction(*state, &thrice, add_then_fail, &work, &error), FAULT_HARD);
    assert_string_equal(pg_sqlstate(*state), "22012");
    assert_non_null(strstr(error.text, "division by zero"));
    assert_int_equal(work.runs, 1);
    assert_int_equal(value_of(*state, 1), 0);
}

static int ignore_failure(struct pg *pg, void *context, struct error *error)
{
    if (run_with(pg, &divide, 0, error) == 0)
        return FAULT_HARD;
    return context == NULL ? queue_with(pg, &add_to, 1, error) : 0;
}

static void work_that_overlooks_a_failure_is_not_committed(void **state)
{
    int without_more;

    assert_true(pg_transaction(*state, &thrice, ignore_failure, NULL, NULL) < 0);
    assert_int_equal(pg_transaction(*state, &thrice, ignore_failure, &without_more, NULL),
                     FAULT_HARD);
    assert_int_equal(value_of(*state, 1), 0);
}

static int add_past_conflict(struct pg *pg, void *context, struct error *error)
{
    struct work *work = context;
    int result = pg_execute_script(pg, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", error);

    if (result == 0)
        result = run_with(pg, &read_from, 1, error);
    if (result == 0 && work->runs == 0)
        result = run_with(work->other, &add_to, 1, error);
    return result != 0 ? result : add_once(pg, work, error);
}

static void serialization_failure_is_run_again(void **state)
{
    CLEANUP(pg_free_cleanup) struct pg *other = connect_to(getenv("SLIPWAY_TEST_PG"));
    struct work work = {.other = other};

    assert_int_equal(pg_transaction(*state, &thrice, add_past_conflict, &work, NULL), 0);
    assert_int_equal(work.runs, 2);
    assert_string_equal(pg_sqlstate(*state), "40001");
    assert_int_equal(value_of(*state, 1), 2);
}

static int add_past_lock(struct pg *pg, void *context, struct error *error)
{
    struct work *work = context;

    if (work->runs == 1 && pg_execute_script(work->other, "ROLLBACK", error) != 0)
        return FAULT_HARD;
    return add_once(pg, work, error);
}

static void lock_timeout_is_run_again(void **state)
{
    CLEANUP(pg_free_cleanup) struct pg *other = connect_to(getenv("SLIPWAY_TEST_PG"));
    struct work work = {.other = other};

    assert_int_equal(
        pg_execute_script(other, "BEGIN; UPDATE transaction_test SET value = 9 WHERE id = 1", NULL),
        0);
    assert_int_equal(pg_transaction(*state, &thrice, add_past_lock, &work, NULL), 0);
    assert_int_equal(work.runs, 2);
    assert_string_equal(pg_sqlstate(*state), "55P03");
    assert_int_equal(value_of(*state, 1), 1);
}

static void attempts_and_time_are_bounded(void **state)
{
    CLEANUP(pg_free_cleanup) struct pg *other = connect_to(getenv("SLIPWAY_TEST_PG"));
    struct pg_transaction_options late = thrice;
    struct work work = {.runs = 0};

    assert_int_equal(
        pg_execute_script(other, "BEGIN; UPDATE transaction_test SET value = 9 WHERE id = 1", NULL),
        0);
    assert_int_equal(pg_transaction(*state, &thrice, add_once, &work, NULL), FAULT_RETRY);
    assert_int_equal(work.runs, 3);
    late.deadline_ms = clock_monotonic_ms() + 50;
    assert_int_equal(pg_transaction(*state, &late, add_once, &work, NULL), FAULT_RETRY);
    assert_int_equal(work.runs, 4);
}

struct crossing {
    struct pg *pg;
    pthread_barrier_t *both_hold_one;
    int64_t first, second;
    int runs, result;
};

static int add_crosswise(struct pg *pg, void *context, struct error *error)
{
    struct crossing *crossing = context;
    int result = run_with(pg, &add_to, crossing->first, error);

    if (crossing->runs++ == 0)
        (void)pthread_barrier_wait(crossing->both_hold_one);
    return result != 0 ? result : run_with(pg, &add_to, crossing->second, error);
}

static void *cross(void *context)
{
    struct crossing *crossing = context;

    crossing->result = pg_transaction(crossing->pg, &thrice, add_crosswise, crossing, NULL);
    return NULL;
}

static void deadlock_is_run_again(void **state)
{
    CLEANUP(pg_free_cleanup) struct pg *other = connect_to(getenv("SLIPWAY_TEST_PG"));
    pthread_barrier_t both_hold_one;
    struct crossing one_way = {*state, &both_hold_one, 1, 2, 0, 0};
    struct crossing other_way = {other, &both_hold_one, 2, 1, 0, 0};
    pthread_t thread;

    assert_int_equal(
        pg_execute_script(*state, "SET lock_timeout = 0; SET deadlock_timeout = 50", NULL), 0);
    assert_int_equal(
        pg_execute_script(other, "SET lock_timeout = 0; SET deadlock_timeout = 50", NULL), 0);
    (void)pthread_barrier_init(&both_hold_one, NULL, 2);
    assert_int_equal(pthread_create(&thread, NULL, cross, &other_way), 0);
    (void)cross(&one_way);
    (void)pthread_join(thread, NULL);
    (void)pthread_barrier_destroy(&both_hold_one);
    assert_int_equal(one_way.result, 0);
    assert_int_equal(other_way.result, 0);
    assert_int_equal(one_way.runs + other_way.runs, 3);
    assert_int_equal(value_of(*state, 1), 2);
    assert_int_equal(value_of(*state, 2), 2);
}

static int lose_session_first(struct pg *pg, void *context, struct error *error)
{
    struct work *work = context;
    int result = run_with(pg, &add_to, 1, error);

    if (result == 0 && work->runs++ == 0)
        result = pg_execute(pg, &terminate, NULL, NULL, error);
    return result;
}

static void session_lost_before_commit_is_run_again(void **state)
{
    struct work work = {.runs = 0};

    assert_int_equal(pg_transaction(*state, &thrice, lose_session_first, &work, NULL), 0);
    assert_int_equal(work.runs, 2);
    assert_int_equal(value_of(*state, 1), 1);
}

static int end_session_before_commit(struct pg *pg, void *context, struct error *error)
{
    int result = add_once(pg, context, error);

    if (result == 0 && ((struct work *)context)->runs == 1)
        result = pg_pipeline_queue(pg, &terminate, NULL, error);
    return result;
}

static void session_that_ended_ahead_of_a_sent_commit_is_certain(void **state)
{
    struct work work = {.runs = 0};

    assert_int_equal(pg_transaction(*state, &thrice, end_session_before_commit, &work, NULL), 0);
    assert_int_equal(work.runs, 2);
    assert_int_equal(value_of(*state, 1), 1);
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
    return connect_to(conninfo);
}

static int add_and_lose_answer(struct pg *pg, void *context, struct error *error)
{
    struct work *work = context;
    int result = run_with(pg, &read_from, 1, error);

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

    assert_int_equal(pg_transaction(pg, &thrice, add_and_lose_answer, &work, NULL),
                     FAULT_UNCERTAIN);
    assert_int_equal(work.runs, 1);
    assert_int_equal(value_of(*state, 1), 1);
    /* The next transaction finds the way again. */
    assert_int_equal(pg_transaction(pg, &thrice, add_once, &work, NULL), 0);
    assert_int_equal(value_of(*state, 1), 2);
}

/* Resolved by what is there, as billing does by its idempotency records. */
static int add_unless_done(struct pg *pg, void *context, struct error *error)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    struct work *work = context;
    struct pg_args args = {.count = 0};
    int result;

    pg_args_i64(&args, 1);
    result = pg_execute(pg, &read_from, &args, &rows, error);
    if (result != 0)
        return result;
    if (pg_rows_i64(rows, 0, 0) != 0) {
        ++work->runs;
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
    assert_int_equal(work.runs, 2);
    assert_int_equal(value_of(*state, 1), 1);
}

static void uncertain_commit_stays_uncertain_when_attempts_run_out(void **state)
{
    CLEANUP(cut_proxy_free_cleanup) struct cut_proxy *proxy = NULL;
    CLEANUP(pg_free_cleanup) struct pg *pg = connect_through(&proxy, *state);
    struct work work = {.proxy = proxy};

    assert_int_equal(pg_transaction(pg, &thrice_idempotent, add_and_lose_answer, &work, NULL),
                     FAULT_UNCERTAIN);
    assert_int_equal(work.runs, 3);
}

static void session_that_ends_at_commit_itself_is_uncertain(void **state)
{
    struct work work = {.runs = 0};

    assert_int_equal(
        pg_execute_script(
            *state,
            "CREATE FUNCTION pg_temp.end_session() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';"
            "CREATE CONSTRAINT TRIGGER at_commit AFTER UPDATE ON transaction_test"
            " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION pg_temp.end_session()",
            NULL),
        0);
    assert_int_equal(pg_transaction(*state, &thrice, add_once, &work, NULL), FAULT_UNCERTAIN);
    assert_int_equal(work.runs, 1);
}

#define on_fresh_table(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        on_fresh_table(what_is_queued_is_committed),
        on_fresh_table(reading_before_writing_is_one_transaction),
        on_fresh_table(refusal_rolls_back),
        on_fresh_table(refusal_before_any_statement_needs_no_server),
        on_fresh_table(failed_statement_rolls_back_and_is_not_repeated),
        on_fresh_table(work_that_overlooks_a_failure_is_not_committed),
        on_fresh_table(serialization_failure_is_run_again),
        on_fresh_table(lock_timeout_is_run_again),
        on_fresh_table(attempts_and_time_are_bounded),
        on_fresh_table(deadlock_is_run_again),
        on_fresh_table(session_lost_before_commit_is_run_again),
        on_fresh_table(session_that_ended_ahead_of_a_sent_commit_is_certain),
        on_fresh_table(commit_without_an_answer_is_uncertain),
        on_fresh_table(uncertain_commit_of_idempotent_work_is_resolved),
        on_fresh_table(uncertain_commit_stays_uncertain_when_attempts_run_out),
        on_fresh_table(session_that_ends_at_commit_itself_is_uncertain),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
