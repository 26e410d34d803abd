/* A database with room for 500 servers and a writer on it, for a group of tests; the books are
 * checked when it ends. */
#pragma once

#include "tests/support/billing_writer.h"

struct writer_world {
    struct billing_database database;
    struct billing_writer writer;
};

/* cmocka's group fixtures: *state is a struct writer_world. */
int writer_world_set_up(void **state);
int writer_world_tear_down(void **state);

/* The first number that `sql` gives. */
int64_t writer_world_count(const struct writer_world *world, const char *sql);
