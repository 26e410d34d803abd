#include "lib/pg/migrate.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct pg_migration migrations[] = {
    {1, "things",  "CREATE TABLE migrate_test.things (id int); SELECT pg_sleep(0.2);"},
    {2, "colours",
     "ALTER TABLE migrate_test.things ADD COLUMN colour text;"
     "INSERT INTO migrate_test.things VALUES (1, 'red');"                            },
};

static const struct pg_statement count_things = {"count_things",
                                                 "SELECT count(*) FROM migrate_test.things"};

static struct pg *connect_again(void)
{
    const struct pg_options options = {.conninfo = getenv("SLIPWAY_TEST_PG"),
                                       .lock_timeout_ms = 50,
                                       .statement_timeout_ms = 100,
                                       .answer_timeout_ms = 5000};
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
    struct pg *pg = connect_again();

    assert_int_equal(pg_execute_script(pg, "DROP SCHEMA IF EXISTS migrate_test CASCADE", NULL), 0);
    *state = pg;
    return 0;
}

static int tear_down(void **state)
{
    assert_int_equal(pg_execute_script(*state, "DROP SCHEMA IF EXISTS migrate_test CASCADE", NULL),
                     0);
    pg_free(*state);
    return 0;
}

static int migrate(struct pg *pg, const struct pg_migration *list, size_t count, int *ret_applied,
                   struct error *error)
{
    return pg_migrate(pg, "migrate_test", list, count, ret_applied, error);
}

static int64_t things(struct pg *pg)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;

    assert_int_equal(pg_execute(pg, &count_things, NULL, &rows, NULL), 0);
    return pg_rows_i64(rows, 0, 0);
}

static void each_migration_is_applied_once(void **state)
{
    struct error error = {""};
    int applied = -1;

    assert_int_equal(migrate(*state, migrations, 1, &applied, &error), 0);
    assert_int_equal(applied, 1);
    assert_int_equal(migrate(*state, migrations, 2, &applied, &error), 0);
    assert_int_equal(applied, 1);
    assert_int_equal(migrate(*state, migrations, 2, &applied, &error), 0);
    assert_int_equal(applied, 0);
    assert_int_equal(things(*state), 1);
}

static void changed_text_is_refused(void **state)
{
    struct pg_migration changed[] = {migrations[0], migrations[1]};
    struct error error = {""};
    int applied = -1;

    changed[1].sql = "ALTER TABLE migrate_test.things ADD COLUMN colour varchar(9);";
    assert_int_equal(migrate(*state, migrations, 2, &applied, &error), 0);
    assert_int_equal(migrate(*state, changed, 2, &applied, &error), FAULT_HARD);
    assert_non_null(strstr(error.text, "colours"));
    assert_int_equal(things(*state), 1);
}

static void failed_migration_leaves_nothing_behind(void **state)
{
    const struct pg_migration broken[] = {
        {1, "broken", "CREATE TABLE migrate_test.things (id int); SELECT 1 / 0;"},
    };
    struct error error = {""};
    int applied = -1;

    assert_int_equal(migrate(*state, broken, 1, &applied, &error), FAULT_HARD);
    assert_non_null(strstr(error.text, "division by zero"));
    assert_int_equal(applied, -1);
    assert_int_equal(migrate(*state, migrations, 2, &applied, &error), 0);
    assert_int_equal(applied, 2);
}

struct replica {
    pthread_t thread;
    struct pg *pg;
    int result, applied;
};

static void *start_replica(void *context)
{
    struct replica *replica = context;

    replica->result = migrate(replica->pg, migrations, 2, &replica->applied, NULL);
    return NULL;
}

static void replicas_that_start_at_once_share_the_work(void **state)
{
    struct replica replicas[4];
    int applied = 0;

    for (size_t i = 0; i < ARRAY_LENGTH(replicas); ++i) {
        replicas[i] = (struct replica){.pg = connect_again()};
        assert_int_equal(pthread_create(&replicas[i].thread, NULL, start_replica, &replicas[i]), 0);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(replicas); ++i) {
        (void)pthread_join(replicas[i].thread, NULL);
        assert_int_equal(replicas[i].result, 0);
        applied += replicas[i].applied;
        pg_free(replicas[i].pg);
    }
    assert_int_equal(applied, 2);
    assert_int_equal(things(*state), 1);
}

#define on_fresh_schema(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        on_fresh_schema(each_migration_is_applied_once),
        on_fresh_schema(changed_text_is_refused),
        on_fresh_schema(failed_migration_leaves_nothing_behind),
        on_fresh_schema(replicas_that_start_at_once_share_the_work),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
