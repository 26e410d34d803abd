/* A table with two rows to count in, and the sessions and statements that the tests of transactions
 * share. Faults fail the test. */
#pragma once

#include "lib/base/clock.h"
#include "lib/pg/transaction.h"

extern const struct pg_statement counter_add, counter_read, counter_divide, counter_end_session;

/* Three attempts, a few milliseconds apart. */
extern const struct pg_transaction_options counter_thrice;

/* A session at `conninfo`; NULL fails the test. */
struct pg *counter_connect(const char *conninfo);

/* cmocka's fixtures: *state is a session, the rows 1 and 2 hold 0. */
int counter_set_up(void **state);
int counter_tear_down(void **state);

#define on_fresh_counter(test)                                                                     \
    cmocka_unit_test_setup_teardown(test, counter_set_up, counter_tear_down)

/* Queues `statement` with one number. */
MUST_CHECK int counter_queue(struct pg *pg, const struct pg_statement *statement, int64_t number,
                             struct error *error);
/* The same, and waits for it. */
MUST_CHECK int counter_run(struct pg *pg, const struct pg_statement *statement, int64_t number,
                           struct error *error);

int64_t counter_value(struct pg *pg, int64_t id);

/* Work of a transaction: counts its runs and adds one to row 1. */
struct counter_work {
    int runs;
};

MUST_CHECK int counter_add_once(struct pg *pg, struct counter_work *work, struct error *error);
