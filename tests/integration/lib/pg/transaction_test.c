#include "tests/support/pg_counter.h"

#include <pthread.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { REFUSED = 7 };

struct work {
    /* A second session, to get in the way with. */
    struct pg *other;
    struct counter_work counter;
};

static int add_once(struct pg *pg, void *context, struct error *error)
{
    struct work *work = context;

    return counter_add_once(pg, &work->counter, error);
}

static void what_is_queued_is_committed(void **state)
{
    struct work work = {.counter = {0}};

    assert_int_equal(pg_transaction(*state, &counter_thrice, add_once, &work, NULL), 0);
    assert_int_equal(work.counter.runs, 1);
    assert_int_equal(counter_value(*state, 1), 1);
}

static int read_then_add(struct pg *pg, void *context, struct error *error)
{
    struct work *work = context;
    int result = counter_run(pg, &counter_read, 1, error);

    if (result != 0)
        return result;
    return add_once(pg, work, error);
}

static void reading_before_writing_is_one_transaction(void **state)
{
    struct work work = {.counter = {0}};

    assert_int_equal(pg_transaction(*state, &counter_thrice, read_then_add, &work, NULL), 0);
    assert_int_equal(counter_value(*state, 1), 1);
}

static int add_then_refuse(struct pg *pg, void *context, struct error *error)
{
    int result = counter_run(pg, &counter_add, 1, error);

    (void)context;
    if (result == 0)
        result = counter_queue(pg, &counter_add, 2, error);
    return result != 0 ? result : REFUSED;
}

static void refusal_rolls_back(void **state)
{
    assert_int_equal(pg_transaction(*state, &counter_thrice, add_then_refuse, NULL, NULL), REFUSED);
    assert_int_equal(counter_value(*state, 1), 0);
    assert_int_equal(counter_value(*state, 2), 0);
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
    assert_int_equal(pg_execute(*state, &counter_end_session, NULL, NULL, NULL), FAULT_RETRY);
    assert_int_equal(pg_transaction(*state, &counter_thrice, refuse, NULL, NULL), REFUSED);
    assert_int_equal(pg_socket(*state), -1);
}

static int add_then_fail(struct pg *pg, void *context, struct error *error)
{
    int result = add_once(pg, context, error);

    return result != 0 ? result : counter_queue(pg, &counter_divide, 0, error);
}

static void failed_statement_rolls_back_and_is_not_repeated(void **state)
{
    struct work work = {.counter = {0}};
    struct error error = {""};

    assert_int_equal(pg_transaction(*state, &counter_thrice, add_then_fail, &work, &error),
                     FAULT_HARD);
    assert_string_equal(pg_sqlstate(*state), "22012");
    assert_non_null(strstr(error.text, "division by zero"));
    assert_int_equal(work.counter.runs, 1);
    assert_int_equal(counter_value(*state, 1), 0);
}

static int ignore_failure(struct pg *pg, void *context, struct error *error)
{
    if (counter_run(pg, &counter_divide, 0, error) == 0)
        return FAULT_HARD;
    return context == NULL ? counter_queue(pg, &counter_add, 1, error) : 0;
}

static void work_that_overlooks_a_failure_is_not_committed(void **state)
{
    int without_more;

    assert_true(pg_transaction(*state, &counter_thrice, ignore_failure, NULL, NULL) < 0);
    assert_int_equal(pg_transaction(*state, &counter_thrice, ignore_failure, &without_more, NULL),
                     FAULT_HARD);
    assert_int_equal(counter_value(*state, 1), 0);
}

static int add_past_conflict(struct pg *pg, void *context, struct error *error)
{
    struct work *work = context;
    int result = pg_execute_script(pg, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", error);

    if (result == 0)
        result = counter_run(pg, &counter_read, 1, error);
    if (result == 0 && work->counter.runs == 0)
        result = counter_run(work->other, &counter_add, 1, error);
    return result != 0 ? result : add_once(pg, work, error);
}

static void serialization_failure_is_run_again(void **state)
{
    CLEANUP(pg_free_cleanup) struct pg *other = counter_connect(getenv("SLIPWAY_TEST_PG"));
    struct work work = {.other = other};

    assert_int_equal(pg_transaction(*state, &counter_thrice, add_past_conflict, &work, NULL), 0);
    assert_int_equal(work.counter.runs, 2);
    assert_string_equal(pg_sqlstate(*state), "40001");
    assert_int_equal(counter_value(*state, 1), 2);
}

static int add_past_lock(struct pg *pg, void *context, struct error *error)
{
    struct work *work = context;

    if (work->counter.runs == 1 && pg_execute_script(work->other, "ROLLBACK", error) != 0)
        return FAULT_HARD;
    return add_once(pg, work, error);
}

static void lock_timeout_is_run_again(void **state)
{
    CLEANUP(pg_free_cleanup) struct pg *other = counter_connect(getenv("SLIPWAY_TEST_PG"));
    struct work work = {.other = other};

    assert_int_equal(
        pg_execute_script(other, "BEGIN; UPDATE transaction_test SET value = 9 WHERE id = 1", NULL),
        0);
    assert_int_equal(pg_transaction(*state, &counter_thrice, add_past_lock, &work, NULL), 0);
    assert_int_equal(work.counter.runs, 2);
    assert_string_equal(pg_sqlstate(*state), "55P03");
    assert_int_equal(counter_value(*state, 1), 1);
}

static void attempts_and_time_are_bounded(void **state)
{
    CLEANUP(pg_free_cleanup) struct pg *other = counter_connect(getenv("SLIPWAY_TEST_PG"));
    struct pg_transaction_options late = counter_thrice;
    struct work work = {.counter = {0}};

    assert_int_equal(
        pg_execute_script(other, "BEGIN; UPDATE transaction_test SET value = 9 WHERE id = 1", NULL),
        0);
    assert_int_equal(pg_transaction(*state, &counter_thrice, add_once, &work, NULL), FAULT_RETRY);
    assert_int_equal(work.counter.runs, 3);
    late.deadline_ms = clock_monotonic_ms() + 50;
    assert_int_equal(pg_transaction(*state, &late, add_once, &work, NULL), FAULT_RETRY);
    assert_int_equal(work.counter.runs, 4);
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
    int result = counter_run(pg, &counter_add, crossing->first, error);

    if (crossing->runs++ == 0)
        (void)pthread_barrier_wait(crossing->both_hold_one);
    return result != 0 ? result : counter_run(pg, &counter_add, crossing->second, error);
}

static void *cross(void *context)
{
    struct crossing *crossing = context;

    crossing->result = pg_transaction(crossing->pg, &counter_thrice, add_crosswise, crossing, NULL);
    return NULL;
}

static void deadlock_is_run_again(void **state)
{
    CLEANUP(pg_free_cleanup) struct pg *other = counter_connect(getenv("SLIPWAY_TEST_PG"));
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
    assert_int_equal(counter_value(*state, 1), 2);
    assert_int_equal(counter_value(*state, 2), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        on_fresh_counter(what_is_queued_is_committed),
        on_fresh_counter(reading_before_writing_is_one_transaction),
        on_fresh_counter(refusal_rolls_back),
        on_fresh_counter(refusal_before_any_statement_needs_no_server),
        on_fresh_counter(failed_statement_rolls_back_and_is_not_repeated),
        on_fresh_counter(work_that_overlooks_a_failure_is_not_committed),
        on_fresh_counter(serialization_failure_is_run_again),
        on_fresh_counter(lock_timeout_is_run_again),
        on_fresh_counter(attempts_and_time_are_bounded),
        on_fresh_counter(deadlock_is_run_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
