#include "lib/base/clock.h"
#include "tests/support/redis_process.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <hiredis/hiredis.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { CALLS = 20000 };

struct fixture {
    struct redis_process process;
    struct redis *redis;
};

static struct redis *connect_with(const struct redis_options *options)
{
    struct error error = {""};
    struct redis *redis = NULL;

    if (redis_new(options, &redis, &error) != 0)
        fail_msg("%s", error.text);
    return redis;
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct redis_options options;

    if (fixture == NULL)
        return -1;
    redis_process_init(&fixture->process);
    options = redis_process_options(&fixture->process);
    fixture->redis = connect_with(&options);
    *state = fixture;
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

static int ask(struct redis *redis, const char *verb, const char *word, struct redisReply **reply,
               struct error *error)
{
    const struct redis_argument arguments[] = {REDIS_TEXT(verb), REDIS_TEXT(word)};

    return redis_call_wait(redis, arguments, word[0] != '\0' ? 2 : 1, reply, error);
}

static void assert_echo(struct redis *redis, const char *word)
{
    struct redisReply *reply = NULL;
    struct error error = {""};

    if (ask(redis, "ECHO", word, &reply, &error) != 0)
        fail_msg("%s", error.text);
    assert_string_equal(reply->str, word);
    freeReplyObject(reply);
}

struct sequence {
    atomic_int answered, failed, out_of_order;
};

static void note_in_order(void *context, int outcome, const struct redisReply *reply,
                          const struct error *error)
{
    struct sequence *sequence = context;
    const int expected = atomic_fetch_add(&sequence->answered, 1) + 1;

    (void)error;
    if (outcome != 0)
        (void)atomic_fetch_add(&sequence->failed, 1);
    else if (reply->integer != expected)
        (void)atomic_fetch_add(&sequence->out_of_order, 1);
}

static void await_answers(struct sequence *sequence, int count)
{
    const int64_t deadline_ms = clock_monotonic_ms() + 20000;

    while (atomic_load(&sequence->answered) < count && clock_monotonic_ms() < deadline_ms)
        clock_sleep_ms(1);
    assert_int_equal(atomic_load(&sequence->answered), count);
}

static void pipelined_calls_are_answered_once_and_in_order(void **state)
{
    struct fixture *fixture = *state;
    const struct redis_argument arguments[] = {REDIS_TEXT("INCR"), REDIS_TEXT("counter")};
    struct sequence sequence = {0};
    struct error error;

    for (int i = 0; i < CALLS; ++i)
        assert_int_equal(redis_call(fixture->redis, arguments, 2, note_in_order, &sequence, &error),
                         0);
    await_answers(&sequence, CALLS);
    assert_int_equal(atomic_load(&sequence.failed), 0);
    assert_int_equal(atomic_load(&sequence.out_of_order), 0);
}

static void *echo_many(void *context)
{
    char word[32];

    for (int i = 0; i < 500; ++i) {
        (void)snprintf(word, sizeof(word), "%lx-%d", (unsigned long)pthread_self(), i);
        assert_echo(context, word);
    }
    return NULL;
}

static void threads_share_a_client_without_mixing_answers(void **state)
{
    struct fixture *fixture = *state;
    pthread_t threads[4];

    for (size_t i = 0; i < ARRAY_LENGTH(threads); ++i)
        assert_int_equal(pthread_create(&threads[i], NULL, echo_many, fixture->redis), 0);
    for (size_t i = 0; i < ARRAY_LENGTH(threads); ++i)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

static void binary_and_long_arguments_come_back_whole(void **state)
{
    struct fixture *fixture = *state;
    const size_t length = 1000000;
    CLEANUP(cleanup_free) char *bytes = malloc(length);
    struct redisReply *reply = NULL;

    assert_non_null(bytes);
    for (size_t i = 0; i < length; ++i)
        bytes[i] = (char)(i * 7);
    assert_int_equal(redis_call_wait(fixture->redis,
                                     (const struct redis_argument[]){
                                         REDIS_TEXT("ECHO"), {bytes, length}
    },
                                     2, &reply, NULL),
                     0);
    assert_int_equal(reply->len, length);
    assert_memory_equal(reply->str, bytes, length);
    freeReplyObject(reply);
}

static void redis_error_is_a_hard_fault_with_its_text(void **state)
{
    struct fixture *fixture = *state;
    struct redisReply *reply = NULL;
    struct error error = {""};

    assert_int_equal(ask(fixture->redis, "NOSUCHCOMMAND", "", &reply, &error), FAULT_HARD);
    assert_null(reply);
    assert_non_null(strstr(error.text, "unknown command"));
    assert_echo(fixture->redis, "still in step");
}

static void redis_down_fails_at_once_and_recovers_by_itself(void **state)
{
    struct fixture *fixture = *state;
    struct redisReply *reply = NULL;
    int64_t began_ms;

    redis_process_kill(&fixture->process);
    assert_true(redis_process_await(fixture->redis, false));
    began_ms = clock_monotonic_ms();
    assert_int_equal(ask(fixture->redis, "PING", "", &reply, NULL), FAULT_RETRY);
    assert_true(clock_monotonic_ms() - began_ms < 200);
    redis_process_start(&fixture->process);
    assert_true(redis_process_await(fixture->redis, true));
    assert_echo(fixture->redis, "back");
}

static void calls_in_flight_fail_when_redis_dies(void **state)
{
    struct fixture *fixture = *state;
    const struct redis_argument arguments[] = {REDIS_TEXT("BLPOP"), REDIS_TEXT("none"),
                                               REDIS_TEXT("0")};
    struct sequence sequence = {0};
    struct error error;

    assert_int_equal(redis_call(fixture->redis, arguments, 3, note_in_order, &sequence, &error), 0);
    redis_process_kill(&fixture->process);
    await_answers(&sequence, 1);
    assert_int_equal(atomic_load(&sequence.failed), 1);
}

static void slow_answer_is_given_up_and_never_taken_for_another(void **state)
{
    struct fixture *fixture = *state;
    const struct redis_argument arguments[] = {REDIS_TEXT("BLPOP"), REDIS_TEXT("none"),
                                               REDIS_TEXT("3")};
    struct redisReply *reply = NULL;
    struct error error = {""};
    const int64_t began_ms = clock_monotonic_ms();
    int64_t took_ms;

    assert_int_equal(redis_call_wait(fixture->redis, arguments, 3, &reply, &error), FAULT_RETRY);
    took_ms = clock_monotonic_ms() - began_ms;
    assert_true(took_ms >= 900 && took_ms < 2500);
    assert_true(redis_process_await(fixture->redis, true));
    assert_echo(fixture->redis, "the right answer");
}

static void calls_past_the_bound_are_refused(void **state)
{
    struct fixture *fixture = *state;
    const struct redis_argument arguments[] = {REDIS_TEXT("BLPOP"), REDIS_TEXT("none"),
                                               REDIS_TEXT("0")};
    struct redis_options options = redis_process_options(&fixture->process);
    struct sequence sequence = {0};
    struct error error;
    struct redis *redis;

    options.queue_limit = 2;
    redis = connect_with(&options);
    assert_true(redis_process_await(redis, true));
    assert_int_equal(redis_call(redis, arguments, 3, note_in_order, &sequence, &error), 0);
    assert_int_equal(redis_call(redis, arguments, 3, note_in_order, &sequence, &error), 0);
    assert_int_equal(redis_call(redis, arguments, 3, note_in_order, &sequence, &error),
                     FAULT_RETRY);
    redis_free(redis);
    assert_int_equal(atomic_load(&sequence.failed), 2);
}

static void closed_client_answers_what_is_open_and_refuses_what_comes_later(void **state)
{
    const struct redis_argument arguments[] = {REDIS_TEXT("BLPOP"), REDIS_TEXT("x"),
                                               REDIS_TEXT("30")};
    struct fixture *fixture = *state;
    const struct redis_options options = redis_process_options(&fixture->process);
    struct sequence sequence = {0};
    struct error error;
    struct redis *redis = connect_with(&options);

    assert_true(redis_process_await(redis, true));
    assert_int_equal(redis_call(redis, arguments, 3, note_in_order, &sequence, &error), 0);
    redis_close(redis);
    assert_int_equal(atomic_load(&sequence.failed), 1);
    assert_int_equal(redis_call(redis, arguments, 3, note_in_order, &sequence, &error),
                     FAULT_RETRY);
    redis_free(redis);
    assert_int_equal(atomic_load(&sequence.failed), 1);
}

static void wrong_password_never_comes_up_nor_shows_it(void **state)
{
    struct fixture *fixture = *state;
    struct redis_options options = redis_process_options(&fixture->process);
    struct redisReply *reply = NULL;
    struct error error = {""};
    struct redis *redis;

    options.password = "not the password";
    redis = connect_with(&options);
    clock_sleep_ms(100);
    assert_false(redis_is_up(redis));
    assert_int_equal(ask(redis, "PING", "", &reply, &error), FAULT_RETRY);
    assert_null(strstr(error.text, options.password));
    redis_free(redis);
    options.password = "";
    redis = connect_with(&options);
    clock_sleep_ms(100);
    assert_false(redis_is_up(redis));
    redis_free(redis);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(pipelined_calls_are_answered_once_and_in_order, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(threads_share_a_client_without_mixing_answers, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(binary_and_long_arguments_come_back_whole, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(redis_error_is_a_hard_fault_with_its_text, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(redis_down_fails_at_once_and_recovers_by_itself, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(calls_in_flight_fail_when_redis_dies, set_up, tear_down),
        cmocka_unit_test_setup_teardown(slow_answer_is_given_up_and_never_taken_for_another, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(calls_past_the_bound_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            closed_client_answers_what_is_open_and_refuses_what_comes_later, set_up, tear_down),
        cmocka_unit_test_setup_teardown(wrong_password_never_comes_up_nor_shows_it, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
