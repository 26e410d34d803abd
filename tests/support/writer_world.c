#include "tests/support/writer_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

int writer_world_set_up(void **state)
{
    struct writer_world *world = calloc(1, sizeof(*world));

    assert_non_null(world);
    billing_database_init(&world->database);
    billing_writer_stock(&world->database, 500);
    billing_writer_init(&world->writer, world->database.service);
    *state = world;
    return 0;
}

int writer_world_tear_down(void **state)
{
    struct writer_world *world = *state;

    billing_assert_books(&world->database);
    billing_writer_deinit(&world->writer);
    billing_database_deinit(&world->database);
    free(world);
    return 0;
}

int64_t writer_world_count(const struct writer_world *world, const char *sql)
{
    return billing_database_number(&world->database, sql);
}
