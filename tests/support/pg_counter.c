#include "tests/support/pg_counter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

const struct pg_statement counter_add = {
    "add_to", "UPDATE transaction_test SET value = value + 1 WHERE id = $1"};
const struct pg_statement counter_read = {"read_from",
                                          "SELECT value FROM transaction_test WHERE id = $1"};
const struct pg_statement counter_divide = {"divide", "SELECT 1 / $1"};
const struct pg_statement counter_end_session = {"terminate",
                                                 "SELECT pg_terminate_backend(pg_backend_pid())"};

const struct pg_transaction_options counter_thrice = {
    .attempts = 3, .first_wait_ms = 1, .longest_wait_ms = 5};

struct pg *counter_connect(const char *conninfo)
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

int counter_set_up(void **state)
{
    struct pg *pg = counter_connect(getenv("SLIPWAY_TEST_PG"));

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

int counter_tear_down(void **state)
{
    assert_int_equal(pg_execute_script(*state, "DROP TABLE transaction_test", NULL), 0);
    pg_free(*state);
    return 0;
}

int counter_queue(struct pg *pg, const struct pg_statement *statement, int64_t number,
                  struct error *error)
{
    struct pg_args args = {.count = 0};

    pg_args_i64(&args, number);
    return pg_pipeline_queue(pg, statement, &args, error);
}

int counter_run(struct pg *pg, const struct pg_statement *statement, int64_t number,
                struct error *error)
{
    int result = counter_queue(pg, statement, number, error);

    if (result == 0)
        result = pg_pipeline_sync(pg, error);
    return result != 0 ? result : pg_pipeline_take(pg, NULL, error);
}

int64_t counter_value(struct pg *pg, int64_t id)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    struct pg_args args = {.count = 0};

    pg_args_i64(&args, id);
    assert_int_equal(pg_execute(pg, &counter_read, &args, &rows, NULL), 0);
    return pg_rows_i64(rows, 0, 0);
}

int counter_add_once(struct pg *pg, struct counter_work *work, struct error *error)
{
    ++work->runs;
    return counter_queue(pg, &counter_add, 1, error);
}
