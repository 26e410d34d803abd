#include "lib/redis/batch_status.h"

#include "lib/base/clock.h"
#include "tests/support/redis_process.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <hiredis/hiredis.h>
#include <sodium.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { ITEMS = 100, UPDATES = 400 };

struct fixture {
    struct redis_process process;
    struct redis *redis;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct redis_options options;

    if (fixture == NULL)
        return -1;
    redis_process_init(&fixture->process);
    options = redis_process_options(&fixture->process);
    *state = fixture;
    if (redis_new(&options, &fixture->redis, NULL) != 0)
        return -1;
    return redis_process_await(fixture->redis, true) ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    redis_free(fixture->redis);
    redis_process_deinit(&fixture->process);
    free(fixture);
    return 0;
}

static void advance(struct fixture *fixture, uint32_t index, int64_t rank)
{
    struct error error = {""};
    char json[64];
    const struct batch_item_status status = {.batch_id = "checkout:1",
                                             .index = index,
                                             .rank = rank,
                                             .updated_at_us = 1000 + rank,
                                             .json = json};

    (void)snprintf(json, sizeof(json), "{\"rank\":%" PRId64 "}", rank);
    if (batch_status_advance_wait(fixture->redis, &status, &error) != 0)
        fail_msg("%s", error.text);
}

static struct redisReply *ask(struct fixture *fixture, const char *verb, const char *word)
{
    const struct redis_argument arguments[] = {REDIS_TEXT(verb), REDIS_TEXT(word)};
    struct redisReply *reply = NULL;
    struct error error = {""};

    if (redis_call_wait(fixture->redis, arguments, 2, &reply, &error) != 0)
        fail_msg("%s", error.text);
    return reply;
}

static int64_t rank_now(struct fixture *fixture, uint32_t index)
{
    struct batch_item_status items[ITEMS];
    struct batch_status_view view = {.items = items, .capacity = ITEMS};
    struct redisReply *reply = ask(fixture, "HGETALL", "batch:{checkout:1}");
    int64_t rank;

    batch_status_parse(reply, &view);
    rank = items[index].json != NULL ? items[index].rank : -1;
    freeReplyObject(reply);
    return rank;
}

static void shuffled_and_repeated_updates_never_go_backwards(void **state)
{
    struct fixture *fixture = *state;
    int64_t highest = -1;

    for (int i = 0; i < UPDATES; ++i) {
        const int64_t rank = randombytes_uniform(BATCH_RANK_FINAL + 1);

        advance(fixture, 0, rank);
        highest = rank > highest ? rank : highest;
        assert_int_equal(rank_now(fixture, 0), highest);
    }
    advance(fixture, 0, BATCH_RANK_FINAL);
    advance(fixture, 0, BATCH_RANK_BUILDING);
    assert_int_equal(rank_now(fixture, 0), BATCH_RANK_FINAL);
}

static void *advance_at_random(void *context)
{
    for (int i = 0; i < UPDATES; ++i)
        advance(context, 3, randombytes_uniform(BATCH_RANK_FINAL));
    advance(context, 3, BATCH_RANK_FINAL);
    return NULL;
}

static void racing_writers_end_at_the_final_rank(void **state)
{
    pthread_t threads[3];

    for (size_t i = 0; i < ARRAY_LENGTH(threads); ++i)
        assert_int_equal(pthread_create(&threads[i], NULL, advance_at_random, *state), 0);
    for (size_t i = 0; i < ARRAY_LENGTH(threads); ++i)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(rank_now(*state, 3), BATCH_RANK_FINAL);
}

static void forgotten_script_is_sent_again(void **state)
{
    struct fixture *fixture = *state;

    advance(fixture, 0, 1);
    freeReplyObject(ask(fixture, "SCRIPT", "FLUSH"));
    advance(fixture, 0, 2);
    assert_int_equal(rank_now(fixture, 0), 2);
}

static void script_is_known_by_the_hash_we_compiled_in(void **state)
{
    struct fixture *fixture = *state;
    struct redisReply *reply;

    advance(fixture, 0, 1);
    advance(fixture, 0, 2);
    advance(fixture, 0, 3);
    reply = ask(fixture, "INFO", "commandstats");
    assert_non_null(strstr(reply->str, "cmdstat_eval:calls=1,"));
    assert_non_null(strstr(reply->str, "cmdstat_evalsha:calls=3,"));
    freeReplyObject(reply);
}

static void status_lives_seven_days(void **state)
{
    struct fixture *fixture = *state;
    struct redisReply *reply;

    advance(fixture, 0, 1);
    reply = ask(fixture, "TTL", "batch:{checkout:1}");
    assert_true(reply->integer > 604700 && reply->integer <= 604800);
    freeReplyObject(reply);
}

struct outcome {
    pthread_mutex_t mutex;
    pthread_cond_t settled;
    bool done;
    int result;
};

static void settle(void *context, int result, const struct redisReply *reply,
                   const struct error *error)
{
    struct outcome *outcome = context;

    (void)reply;
    (void)error;
    (void)pthread_mutex_lock(&outcome->mutex);
    outcome->result = result;
    outcome->done = true;
    (void)pthread_cond_signal(&outcome->settled);
    (void)pthread_mutex_unlock(&outcome->mutex);
}

static void rebuild(struct fixture *fixture, const struct batch_item_status *items, size_t count)
{
    struct outcome outcome = {.mutex = PTHREAD_MUTEX_INITIALIZER,
                              .settled = PTHREAD_COND_INITIALIZER};

    assert_int_equal(batch_status_rebuild(fixture->redis, "checkout:1", "{\"total\":100}", items,
                                          count, settle, &outcome, NULL),
                     0);
    (void)pthread_mutex_lock(&outcome.mutex);
    while (!outcome.done)
        (void)pthread_cond_wait(&outcome.settled, &outcome.mutex);
    (void)pthread_mutex_unlock(&outcome.mutex);
    assert_int_equal(outcome.result, 0);
}

static void rebuild_fills_what_is_missing_and_keeps_what_is_further(void **state)
{
    struct fixture *fixture = *state;
    struct batch_item_status items[ITEMS];
    struct batch_status_view view = {.items = items, .capacity = ITEMS};
    struct redisReply *reply;

    for (uint32_t i = 0; i < ITEMS; ++i)
        items[i] = (struct batch_item_status){
            .index = i, .rank = BATCH_RANK_BUILDING, .json = "{\"from\":\"sql\"}"};
    advance(fixture, 7, BATCH_RANK_BUILDING + 60);
    rebuild(fixture, items, ITEMS);
    reply = ask(fixture, "HGETALL", "batch:{checkout:1}");
    batch_status_parse(reply, &view);
    assert_string_equal(view.head_json, "{\"total\":100}");
    assert_int_equal(view.count, ITEMS);
    assert_int_equal(items[7].rank, BATCH_RANK_BUILDING + 60);
    assert_int_equal(items[8].rank, BATCH_RANK_BUILDING);
    assert_string_equal(items[99].json, "{\"from\":\"sql\"}");
    freeReplyObject(reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(shuffled_and_repeated_updates_never_go_backwards, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(racing_writers_end_at_the_final_rank, set_up, tear_down),
        cmocka_unit_test_setup_teardown(forgotten_script_is_sent_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(script_is_known_by_the_hash_we_compiled_in, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(status_lives_seven_days, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rebuild_fills_what_is_missing_and_keeps_what_is_further,
                                        set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
