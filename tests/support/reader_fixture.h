/* A reader of billing on a database of its own, with books to read: resellers 41 and 42, an
 * operator's key, 42's three servers (71 active, 72 failed and refunded, 73 pending) from batch
 * checkout:500, and a catalog. Everything balances. */
#pragma once

#include "services/billing/reader.h"
#include "tests/support/billing_database.h"

struct reader_fixture {
    struct billing_database database;
    struct metrics *metrics;
    struct reader *reader;
};

/* For cmocka_unit_test_setup_teardown; *state is a struct reader_fixture. */
int reader_fixture_set_up(void **state);
int reader_fixture_tear_down(void **state);

/* Who asks: 0 is an operator, else a reseller. `message` is filled with the principal, and the
 * question is the caller's to set; its members are copied. The answer is the caller's to
 * slipway__v1__query_result__free_unpacked(). */
Slipway__V1__QueryResult *reader_fixture_ask(struct reader *reader, uint64_t user_id,
                                             Slipway__V1__Query *message);

void reader_fixture_free_result(Slipway__V1__QueryResult **result);

/* RESULT reader_fixture_ask(…); declares `result`, freed at the end of the block. */
#define RESULT CLEANUP(reader_fixture_free_result) Slipway__V1__QueryResult *result =

/* Asks, of the fixture in *state, one question of the named kind whose members stand in `question`.
 */
#define ASK(user, CASE, member)                                                                    \
    reader_fixture_ask(                                                                            \
        ((const struct reader_fixture *)*state)->reader, (user),                                   \
        &(Slipway__V1__Query){PROTOBUF_C_MESSAGE_INIT(&slipway__v1__query__descriptor),            \
                              NULL,                                                                \
                              reader_fixture_request_id,                                           \
                              SLIPWAY__V1__QUERY__QUESTION_##CASE,                                 \
                              {.member = &question}})

/* Stands in every question's problem. */
extern char reader_fixture_request_id[];

void reader_fixture_assert_not_found(const Slipway__V1__QueryResult *result);
/* Refused with this status and a problem that holds `text`. */
void reader_fixture_assert_refused(const Slipway__V1__QueryResult *result, uint32_t status,
                                   const char *text);
