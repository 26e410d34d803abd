#include "lib/base/clock.h"
#include "lib/pg/pg.h"

#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct pg_statement one = {"one", "SELECT 1"};
static const struct pg_statement terminate = {"terminate",
                                              "SELECT pg_terminate_backend(pg_backend_pid())"};

static struct pg *connect_for(int64_t answer_timeout_ms)
{
    const struct pg_options options = {.conninfo = getenv("SLIPWAY_TEST_PG"),
                                       .application_name = "execute_test",
                                       .lock_timeout_ms = 300,
                                       .statement_timeout_ms = 5000,
                                       .answer_timeout_ms = answer_timeout_ms};
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
    *state = connect_for(10000);
    return 0;
}

static int tear_down(void **state)
{
    pg_free(*state);
    return 0;
}

static void assert_script(struct pg *pg, const char *sql)
{
    struct error error = {""};

    if (pg_execute_script(pg, sql, &error) != 0)
        fail_msg("%s", error.text);
}

static void assert_usable(struct pg *pg)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    struct error error = {""};

    if (pg_execute(pg, &one, NULL, &rows, &error) != 0)
        fail_msg("%s", error.text);
    assert_int_equal(pg_rows_i64(rows, 0, 0), 1);
}

static void every_type_comes_back_as_it_went(void **state)
{
    static const struct pg_statement echo = {"echo",
                                             "SELECT $1, $2, $3, $4, $5, $6, $7, -2::smallint"};
    static const int64_t time_us = INT64_C(1789000000123456);
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    struct pg_args args = {.count = 0};
    size_t length = 0;

    pg_args_i64(&args, INT64_MIN);
    pg_args_i32(&args, -5);
    pg_args_bool(&args, true);
    pg_args_time(&args, time_us);
    pg_args_text(&args, "zwölf");
    pg_args_text(&args, NULL);
    pg_args_bytes(&args, "a\0b", 3);
    assert_int_equal(pg_execute(*state, &echo, &args, &rows, NULL), 0);
    assert_int_equal(pg_rows_count(rows), 1);
    assert_true(pg_rows_i64(rows, 0, 0) == INT64_MIN);
    assert_int_equal(pg_rows_i64(rows, 0, 1), -5);
    assert_true(pg_rows_bool(rows, 0, 2));
    assert_true(pg_rows_time_us(rows, 0, 3) == time_us);
    assert_string_equal(pg_rows_text(rows, 0, 4), "zwölf");
    assert_true(pg_rows_is_null(rows, 0, 5));
    assert_string_equal(pg_rows_text(rows, 0, 5), "");
    assert_memory_equal(pg_rows_bytes(rows, 0, 6, &length), "a\0b", 3);
    assert_int_equal(length, 3);
    assert_int_equal(pg_rows_i64(rows, 0, 7), -2);
}

static void arrays_are_read_row_by_row(void **state)
{
    static const struct pg_statement unnest = {
        "unnest", "SELECT * FROM unnest($1, $2, $3, $4, $5, $6) WITH ORDINALITY ORDER BY 7"};
    static const enum pg_array_type types[] = {PG_ARRAY_I64,  PG_ARRAY_I32,   PG_ARRAY_BOOL,
                                               PG_ARRAY_TEXT, PG_ARRAY_BYTES, PG_ARRAY_TIME};
    struct pg_array *arrays[ARRAY_LENGTH(types)];
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    struct pg_args args = {.count = 0};
    size_t length = 0;

    for (size_t i = 0; i < ARRAY_LENGTH(types); ++i) {
        arrays[i] = pg_array_new(types[i]);
        if (types[i] == PG_ARRAY_TEXT || types[i] == PG_ARRAY_BYTES)
            pg_array_push_text(arrays[i], "wert");
        else
            pg_array_push_number(arrays[i], 1);
        pg_array_push_null(arrays[i]);
        pg_args_array(&args, arrays[i]);
    }
    assert_int_equal(pg_execute(*state, &unnest, &args, &rows, NULL), 0);
    assert_int_equal(pg_rows_count(rows), 2);
    assert_int_equal(pg_rows_i64(rows, 0, 0), 1);
    assert_int_equal(pg_rows_i64(rows, 0, 1), 1);
    assert_true(pg_rows_bool(rows, 0, 2));
    assert_string_equal(pg_rows_text(rows, 0, 3), "wert");
    assert_memory_equal(pg_rows_bytes(rows, 0, 4, &length), "wert", 4);
    assert_int_equal(pg_rows_time_us(rows, 0, 5), 1);
    for (int column = 0; column < 6; ++column)
        assert_true(pg_rows_is_null(rows, 1, column));
    for (size_t i = 0; i < ARRAY_LENGTH(types); ++i)
        pg_array_free(arrays[i]);
}

static void empty_array_is_no_rows(void **state)
{
    static const struct pg_statement unnest = {"unnest_one", "SELECT unnest($1)"};
    CLEANUP(pg_array_free_cleanup) struct pg_array *array = pg_array_new(PG_ARRAY_TEXT);
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    struct pg_args args = {.count = 0};

    pg_args_array(&args, array);
    assert_int_equal(pg_execute(*state, &unnest, &args, &rows, NULL), 0);
    assert_int_equal(pg_rows_count(rows), 0);
}

static void results_come_in_the_order_queued(void **state)
{
    static const struct pg_statement echo = {"echo_one", "SELECT $1"};

    for (int64_t round = 0; round < 2; ++round) {
        for (int64_t i = 0; i < 5; ++i) {
            struct pg_args args = {.count = 0};

            pg_args_i64(&args, i + round);
            assert_int_equal(pg_pipeline_queue(*state, &echo, &args, NULL), 0);
        }
        assert_int_equal(pg_pipeline_sync(*state, NULL), 0);
        for (int64_t i = 0; i < 5; ++i) {
            CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;

            assert_int_equal(pg_pipeline_take(*state, &rows, NULL), 0);
            assert_int_equal(pg_rows_i64(rows, 0, 0), i + round);
        }
    }
}

static void failure_aborts_the_rest_of_its_pipeline_only(void **state)
{
    static const struct pg_statement divide = {"divide", "SELECT 1 / $1"};
    struct pg_args zero = {.count = 0};
    struct error error = {""};

    pg_args_i64(&zero, 0);
    assert_int_equal(pg_pipeline_queue(*state, &one, NULL, NULL), 0);
    assert_int_equal(pg_pipeline_queue(*state, &divide, &zero, NULL), 0);
    assert_int_equal(pg_pipeline_queue(*state, &one, NULL, NULL), 0);
    assert_int_equal(pg_pipeline_sync(*state, NULL), 0);
    assert_int_equal(pg_pipeline_take(*state, NULL, &error), 0);
    assert_int_equal(pg_pipeline_take(*state, NULL, &error), FAULT_HARD);
    assert_string_equal(pg_sqlstate(*state), "22012");
    assert_non_null(strstr(error.text, "division by zero"));
    assert_int_equal(pg_pipeline_take(*state, NULL, &error), FAULT_RETRY);
    assert_non_null(strstr(error.text, "aborted"));
    assert_string_equal(pg_sqlstate(*state), "22012");
    assert_usable(*state);
}

static void abandoned_results_do_not_reach_the_next_pipeline(void **state)
{
    static const struct pg_statement two = {"two", "SELECT 2"};
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;

    assert_int_equal(pg_pipeline_queue(*state, &one, NULL, NULL), 0);
    assert_int_equal(pg_pipeline_sync(*state, NULL), 0);
    assert_int_equal(pg_pipeline_queue(*state, &two, NULL, NULL), 0);
    assert_int_equal(pg_pipeline_sync(*state, NULL), 0);
    assert_int_equal(pg_pipeline_take(*state, &rows, NULL), 0);
    assert_int_equal(pg_rows_i64(rows, 0, 0), 2);
    assert_int_equal(pg_pipeline_queue(*state, &two, NULL, NULL), 0);
    assert_usable(*state);
}

static void statement_that_could_not_be_prepared_is_prepared_later(void **state)
{
    static const struct pg_statement late = {"late", "SELECT count(*) FROM pg_temp.late"};

    assert_int_equal(pg_execute(*state, &late, NULL, NULL, NULL), FAULT_HARD);
    assert_string_equal(pg_sqlstate(*state), "42P01");
    assert_script(*state, "CREATE TEMP TABLE late (id int)");
    assert_int_equal(pg_execute(*state, &late, NULL, NULL, NULL), 0);
    assert_int_equal(pg_execute(*state, &late, NULL, NULL, NULL), 0);
}

static void plan_that_a_migration_outdated_is_made_anew(void **state)
{
    static const struct pg_statement all = {"all", "SELECT * FROM outdated"};

    assert_script(*state, "DROP TABLE IF EXISTS outdated; CREATE TABLE outdated (id int)");
    assert_int_equal(pg_execute(*state, &all, NULL, NULL, NULL), 0);
    assert_script(*state, "ALTER TABLE outdated ADD COLUMN name text");
    assert_int_equal(pg_execute(*state, &all, NULL, NULL, NULL), FAULT_RETRY);
    assert_int_equal(pg_execute(*state, &all, NULL, NULL, NULL), 0);
    assert_script(*state, "DROP TABLE outdated");
}

static void large_pipelines_in_both_directions_do_not_block(void **state)
{
    static const struct pg_statement echo = {"echo_large", "SELECT $1"};
    static const int count = 400;
    const size_t length = (size_t)64 * 1024;
    CLEANUP(cleanup_free) char *data = calloc(1, length);
    struct pg_args args = {.count = 0};

    assert_non_null(data);
    pg_args_bytes(&args, data, length);
    for (int i = 0; i < count; ++i)
        assert_int_equal(pg_pipeline_queue(*state, &echo, &args, NULL), 0);
    assert_int_equal(pg_pipeline_sync(*state, NULL), 0);
    for (int i = 0; i < count; ++i) {
        CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
        size_t echoed = 0;

        assert_int_equal(pg_pipeline_take(*state, &rows, NULL), 0);
        assert_non_null(pg_rows_bytes(rows, 0, 0, &echoed));
        assert_int_equal(echoed, length);
    }
}

static void ended_session_is_replaced_at_the_next_use(void **state)
{
    struct error error = {""};

    assert_usable(*state);
    /* The server said so before it could have committed anything. */
    assert_int_equal(pg_execute(*state, &terminate, NULL, NULL, &error), FAULT_RETRY);
    assert_string_equal(pg_sqlstate(*state), "57P01");
    assert_int_equal(pg_socket(*state), -1);
    assert_usable(*state);
    assert_true(pg_socket(*state) >= 0);
}

static void session_ended_while_idle_is_replaced_unnoticed(void **state)
{
    static const struct pg_statement end_others = {
        "end_others", "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                      " WHERE application_name = 'execute_test' AND pid <> pg_backend_pid()"};
    CLEANUP(pg_free_cleanup) struct pg *other = connect_for(10000);

    assert_usable(*state);
    assert_int_equal(pg_execute(other, &end_others, NULL, NULL, NULL), 0);
    assert_usable(*state);
}

static void pipeline_of_an_ended_session_comes_out_aborted(void **state)
{
    for (int i = 0; i < 3; ++i)
        assert_int_equal(pg_pipeline_queue(*state, &terminate, NULL, NULL), 0);
    assert_int_equal(pg_pipeline_sync(*state, NULL), 0);
    for (int i = 0; i < 3; ++i)
        assert_int_equal(pg_pipeline_take(*state, NULL, NULL), FAULT_RETRY);
    assert_usable(*state);
}

static void server_that_does_not_answer_in_time_is_given_up(void **state)
{
    static const struct pg_statement sleep = {"sleep", "SELECT pg_sleep(3)"};
    CLEANUP(pg_free_cleanup) struct pg *pg = connect_for(200);
    const int64_t before_ms = clock_monotonic_ms();

    (void)state;
    assert_int_equal(pg_execute(pg, &sleep, NULL, NULL, NULL), FAULT_UNCERTAIN);
    assert_true(clock_monotonic_ms() - before_ms < 2000);
    assert_usable(pg);
}

static void constraint_checked_at_the_end_fails_the_execution(void **state)
{
    static const struct pg_statement insert = {"insert_orphan", "INSERT INTO child VALUES (1)"};

    assert_script(*state, "CREATE TEMP TABLE parent (id int PRIMARY KEY);"
                          "CREATE TEMP TABLE child (id int REFERENCES parent (id)"
                          " DEFERRABLE INITIALLY DEFERRED)");
    assert_int_equal(pg_execute(*state, &insert, NULL, NULL, NULL), FAULT_HARD);
    assert_string_equal(pg_sqlstate(*state), "23503");
    assert_usable(*state);
}

static void sessions_carry_the_timeouts(void **state)
{
    static const struct pg_statement show = {"show_timeout",
                                             "SELECT current_setting('lock_timeout')"};

    for (int round = 0; round < 2; ++round) {
        CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;

        assert_int_equal(pg_execute(*state, &show, NULL, &rows, NULL), 0);
        assert_string_equal(pg_rows_text(rows, 0, 0), "300ms");
        assert_true(
            pg_execute_script(*state, "SELECT pg_terminate_backend(pg_backend_pid())", NULL) < 0);
    }
}

static void unreachable_server_may_come_back_but_bad_conninfo_does_not(void **state)
{
    struct pg_options options = {.conninfo = "host=127.0.0.1 port=1"};
    struct error error = {""};
    struct pg *pg = NULL;

    (void)state;
    assert_int_equal(pg_new(&options, &pg, &error), FAULT_RETRY);
    options.conninfo = "host=127.0.0.1 sesame=secret";
    assert_int_equal(pg_new(&options, &pg, &error), FAULT_HARD);
    assert_null(strstr(error.text, "secret"));
    assert_null(pg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_comes_back_as_it_went),
        cmocka_unit_test(arrays_are_read_row_by_row),
        cmocka_unit_test(empty_array_is_no_rows),
        cmocka_unit_test(results_come_in_the_order_queued),
        cmocka_unit_test(failure_aborts_the_rest_of_its_pipeline_only),
        cmocka_unit_test(abandoned_results_do_not_reach_the_next_pipeline),
        cmocka_unit_test(statement_that_could_not_be_prepared_is_prepared_later),
        cmocka_unit_test(plan_that_a_migration_outdated_is_made_anew),
        cmocka_unit_test(large_pipelines_in_both_directions_do_not_block),
        cmocka_unit_test(ended_session_is_replaced_at_the_next_use),
        cmocka_unit_test(session_ended_while_idle_is_replaced_unnoticed),
        cmocka_unit_test(pipeline_of_an_ended_session_comes_out_aborted),
        cmocka_unit_test(server_that_does_not_answer_in_time_is_given_up),
        cmocka_unit_test(constraint_checked_at_the_end_fails_the_execution),
        cmocka_unit_test(sessions_carry_the_timeouts),
        cmocka_unit_test(unreachable_server_may_come_back_but_bad_conninfo_does_not),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
