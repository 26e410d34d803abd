/* What is sent, and sent again: against a real server, and one whose answers get lost. */
#include "program.h"
#include "recorded_server.h"

#include "lib/base/clock.h"
#include "lib/base/encoding.h"
#include "tests/support/cut_proxy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define RENEWED "{\"vps_id\":77,\"charged_usd\":\"28.61\",\"expires_at\":\"2027-09-09T12:00:00Z\"}"
#define PROBLEM(code)                                                                              \
    "{\"title\":\"T\",\"detail\":\"D.\",\"code\":\"" code "\",\"request_id\":\"01J\"}"
#define RENEW  "POST /vps/77/renew"
#define MONTHS "{\"period_months\":3}"

static void run_through(const struct recorded *script, size_t count, const char *words, int code,
                        struct program *program, struct recorded_server *server)
{
    recorded_server_start(server, script, count);
    program_expect(program, server->port, words, code);
    recorded_server_stop(server);
}

static void a_request_carries_the_key_and_no_more_than_it_must(void **state)
{
    static const struct recorded script[] = {
        {.request = "GET /vps/77", .status = 200, .answer = "{\"id\":77}"}
    };
    struct recorded_server server;
    struct program program;

    (void)state;
    program_init(&program);
    run_through(script, 1, "show 77", 0, &program, &server);
    assert_string_equal(server.heads[0].authorization, "Bearer " PROGRAM_KEY);
    assert_string_equal(server.heads[0].idempotency_key, "");
    assert_string_equal(server.heads[0].content_type, "");
    assert_string_equal(server.heads[0].signature, "");
    assert_string_equal(program.out, "ID        77\n");
    assert_null(getenv("SLIPWAY_KEY"));
    program_deinit(&program);
}

static void a_write_of_money_keeps_its_key_over_all_tries(void **state) /* INV-3 */
{
    static const struct recorded script[] = {
        {.request = RENEW, .body = MONTHS, .status = 503,   .answer = PROBLEM("unavailable") },
        {.request = RENEW, .body = MONTHS, .status = 429,   .answer = PROBLEM("rate_limited")},
        {.request = RENEW,
         .body = MONTHS,
         .status = 409,
         .answer = PROBLEM("idempotency_in_progress"),
         .header = "Retry-After: 1"},
        {.request = RENEW,                .body = MONTHS,               .status = 200, .answer = RENEWED      },
    };
    struct recorded_server server;
    struct program program;

    (void)state;
    program_init(&program);
    run_through(script, ARRAY_LENGTH(script), "renew 77 --months 3", 0, &program, &server);
    assert_int_equal(strncmp(server.heads[0].idempotency_key, "slipctl-", 8), 0);
    for (size_t i = 1; i < ARRAY_LENGTH(script); ++i)
        assert_string_equal(server.heads[i].idempotency_key, server.heads[0].idempotency_key);
    assert_non_null(strstr(program.out, "28.61"));
    program_deinit(&program);
}

static void two_commands_have_two_keys_and_a_given_one_is_kept(void **state)
{
    static const struct recorded script[] = {
        {.request = RENEW, .body = MONTHS, .status = 200, .answer = RENEWED},
        {.request = RENEW, .body = MONTHS, .status = 200, .answer = RENEWED},
        {.request = RENEW, .body = MONTHS, .status = 200, .answer = RENEWED},
    };
    struct recorded_server server;
    struct program program;

    (void)state;
    program_init(&program);
    recorded_server_start(&server, script, ARRAY_LENGTH(script));
    program_expect(&program, server.port, "renew 77 --months 3", 0);
    program_expect(&program, server.port, "renew 77 --months 3", 0);
    program_expect(&program, server.port, "renew 77 --months 3 --idempotency-key my-own-key", 0);
    recorded_server_stop(&server);
    assert_string_not_equal(server.heads[0].idempotency_key, server.heads[1].idempotency_key);
    assert_string_equal(server.heads[2].idempotency_key, "my-own-key");
    program_deinit(&program);
}

/* Runs the words through a proxy that loses the first answer. */
static void run_losing_the_answer(const struct recorded *script, size_t count, const char *words,
                                  int code, struct program *program, struct recorded_server *server)
{
    struct cut_proxy *proxy;

    recorded_server_start(server, script, count);
    proxy = cut_proxy_new(server->port);
    assert_non_null(proxy);
    cut_proxy_lose_next_answer(proxy);
    program_expect(program, cut_proxy_port(proxy), words, code);
    cut_proxy_free(proxy);
    recorded_server_stop(server);
}

static void a_lost_answer_is_asked_for_again_under_the_same_key(void **state) /* INV-3 */
{
    static const struct recorded script[] = {
        {.request = RENEW, .body = MONTHS, .status = 200, .answer = RENEWED},
        {.request = RENEW, .body = MONTHS, .status = 200, .answer = RENEWED},
    };
    struct recorded_server server;
    struct program program;

    (void)state;
    program_init(&program);
    run_losing_the_answer(script, 2, "renew 77 --months 3", 0, &program, &server);
    assert_string_equal(server.heads[0].idempotency_key, server.heads[1].idempotency_key);
    program_deinit(&program);
}

static void a_lost_answer_to_a_write_without_a_key_is_left_to_the_user(void **state)
{
    static const struct recorded script[] = {
        {.request = "POST /vps/77/password", .status = 200, .answer = "{\"vps_id\":77}"}
    };
    struct recorded_server server;
    struct program program;

    (void)state;
    program_init(&program);
    run_losing_the_answer(script, 1, "password 77", 3, &program, &server);
    assert_non_null(strstr(program.err, "Nobody knows whether it was done"));
    program_deinit(&program);
}

static void whoever_gives_up_is_told_the_key_to_go_on_with(void **state)
{
    static const struct recorded script[] = {
        {.request = RENEW,
         .body = MONTHS,
         .status = 503,
         .answer = PROBLEM("unavailable"),
         .header = "Retry-After: 3600"}
    };
    struct recorded_server server;
    struct program program;

    (void)state;
    program_init(&program);
    run_through(script, 1, "renew 77 --months 3", 3, &program, &server);
    assert_non_null(strstr(program.err, server.heads[0].idempotency_key));
    assert_non_null(strstr(program.err, "unavailable: D. (503, request 01J)"));
    program_deinit(&program);
}

static void a_server_that_is_down_is_told_by_its_exit_code(void **state)
{
    struct recorded_server server;
    struct program program;
    uint16_t port;

    (void)state;
    program_init(&program);
    recorded_server_start(&server, NULL, 0);
    port = server.port;
    recorded_server_stop(&server);
    program_expect(&program, port, "list --timeout 1", 3);
    assert_non_null(strstr(program.err, "http://127.0.0.1:"));
    assert_non_null(strstr(program.err, "can't be reached"));
    assert_null(strstr(program.err, PROGRAM_KEY));
    assert_string_equal(program.out, "");
    program_deinit(&program);
}

static void refusals_end_with_their_exit_codes(void **state)
{
    static const struct {
        struct recorded answer;
        int code;
    } rows[] = {
        {{.request = "GET /vps/77", .status = 404, .answer = PROBLEM("not_found")},               1},
        {{.request = "GET /vps/77", .status = 401, .answer = PROBLEM("unauthorized")},            4},
        {{.request = "GET /vps/77", .status = 401, .answer = PROBLEM("signature_required")},      1},
        {{.request = "GET /vps/77", .status = 500, .answer = PROBLEM("internal")},                1},
        {{.request = "GET /vps/77", .status = 302, .answer = "", .header = "Location: http://x"},
         1                                                                                         },
        {{.request = "GET /vps/77", .status = 200, .answer = "<html>", .type = "text/html"},      1},
        {{.request = "GET /vps/77", .status = 503, .answer = "", .header = "Retry-After: 999"},   3},
    };
    struct program program;

    (void)state;
    program_init(&program);
    for (size_t i = 0; i < ARRAY_LENGTH(rows); ++i) {
        struct recorded_server server;

        run_through(&rows[i].answer, 1, "show 77", rows[i].code, &program, &server);
        assert_string_equal(program.out, "");
        assert_string_not_equal(program.err, "");
    }
    program_deinit(&program);
}

static void json_prints_the_answer_or_the_problem_as_it_is(void **state)
{
    static const char card[] = "{ \"id\" : 77, \"new\":{\"x\":[1.50]} }";
    static const struct recorded script[] = {
        {.request = "GET /vps/77", .status = 200, .answer = card                },
        {.request = "GET /vps/77", .status = 404, .answer = PROBLEM("not_found")},
    };
    struct recorded_server server;
    struct program program;

    (void)state;
    program_init(&program);
    recorded_server_start(&server, script, ARRAY_LENGTH(script));
    program_expect(&program, server.port, "show 77 --json", 0);
    assert_string_equal(program.out, "{ \"id\" : 77, \"new\":{\"x\":[1.50]} }\n");
    program_expect(&program, server.port, "show 77 --json", 1);
    assert_string_equal(program.out, PROBLEM("not_found") "\n");
    assert_non_null(strstr(program.err, "not_found: D."));
    recorded_server_stop(&server);
    program_deinit(&program);
}

static void requests_are_signed_when_there_is_a_secret(void **state)
{
    static const struct recorded script[] = {
        {.request = "GET /vps?limit=5",
         .status = 200,
         .answer = "{\"items\":[],\"next_cursor\":null}"}
    };
    struct recorded_server server;
    struct program program;
    int64_t time_s = 0;
    int64_t now_s;

    (void)state;
    program_init(&program);
    assert_int_equal(setenv("SLIPWAY_SIGNING_SECRET",
                            "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", 1),
                     0);
    run_through(script, 1, "list --limit 5", 0, &program, &server);
    now_s = clock_now_us(NULL) / 1000000;
    assert_false(decimal_parse_i64(server.heads[0].timestamp, &time_s));
    assert_in_range(time_s, now_s - 60, now_s);
    assert_int_equal(strncmp(server.heads[0].signature, "v1=", 3), 0);
    assert_int_equal(strlen(server.heads[0].signature), 3 + 64);
    assert_null(getenv("SLIPWAY_SIGNING_SECRET"));
    assert_int_equal(setenv("SLIPWAY_SIGNING_SECRET", "hunter2", 1), 0);
    program_expect(&program, 0, "list", 2);
    assert_null(strstr(program.err, "hunter2"));
    program_deinit(&program);
}

static void verbose_tells_requests_and_never_the_key(void **state)
{
    static const struct recorded script[] = {
        {.request = "GET /vps/77", .status = 200, .answer = "{\"id\":77}", .header = "X-One: 1"}
    };
    struct recorded_server server;
    struct program program;

    (void)state;
    program_init(&program);
    run_through(script, 1, "show 77 --verbose", 0, &program, &server);
    assert_non_null(strstr(program.err, "GET /hosting/api/v1/vps/77: 200 in "));
    assert_null(strstr(program.err, "slip_hosting_"));
    program_deinit(&program);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_carries_the_key_and_no_more_than_it_must),
        cmocka_unit_test(a_write_of_money_keeps_its_key_over_all_tries),
        cmocka_unit_test(two_commands_have_two_keys_and_a_given_one_is_kept),
        cmocka_unit_test(a_lost_answer_is_asked_for_again_under_the_same_key),
        cmocka_unit_test(a_lost_answer_to_a_write_without_a_key_is_left_to_the_user),
        cmocka_unit_test(whoever_gives_up_is_told_the_key_to_go_on_with),
        cmocka_unit_test(a_server_that_is_down_is_told_by_its_exit_code),
        cmocka_unit_test(refusals_end_with_their_exit_codes),
        cmocka_unit_test(json_prints_the_answer_or_the_problem_as_it_is),
        cmocka_unit_test(requests_are_signed_when_there_is_a_secret),
        cmocka_unit_test(verbose_tells_requests_and_never_the_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
