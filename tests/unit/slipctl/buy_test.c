#include "program.h"
#include "recorded_server.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define BUY "buy vps-2 --location de --os ubuntu-22 --months 3"
#define QUOTE                                                                                      \
    {                                                                                              \
        .request = "POST /vps/quote",                                                              \
        .body = "{\"plan_code\":\"vps-2\",\"period_months\":3,\"os_code\":\"ubuntu-22\"}",         \
        .status = 200,                                                                             \
        .answer = "{\"plan_code\":\"vps-2\",\"period_months\":3,\"os_code\":\"ubuntu-22\","        \
                  "\"price_usd\":\"28.61\",\"os_supported\":true}",                                \
    }
#define ITEM                                                                                       \
    "{\"plan_code\":\"vps-2\",\"location_code\":\"de\",\"os_code\":\"ubuntu-22\","                 \
    "\"period_months\":3}"
#define ACCEPTED "{\"batch_id\":\"checkout:5\",\"accepted\":1,\"status\":\"pending\"}"
#define PURCHASE                                                                                   \
    {                                                                                              \
        .request = "POST /vps", .body = ITEM, .status = 202, .answer = ACCEPTED                    \
    }
#define BATCH "GET /batches/checkout:5"
#define STATE(status, ready, item, progress)                                                       \
    "{\"batch_id\":\"checkout:5\",\"status\":\"" status "\",\"total\":1,\"succeeded\":" ready      \
    ",\"failed\":0,\"items\":[{\"index\":0,\"vps_id\":77,"                                         \
    "\"status\":\"" item "\",\"step\":\"installing\",\"progress\":" progress                       \
    ",\"charged_usd\":\"28.61\",\"refunded_usd\":\"0.00\",\"error\":null}]}"
#define RUNNING   STATE("running", "0", "building", "60")
#define COMPLETED STATE("completed", "1", "active", "100")
#define CREDENTIALS                                                                                \
    {                                                                                              \
        .request = "GET /vps/77/credentials", .status = 200,                                       \
        .answer = "{\"vps_id\":77,\"ip\":\"192.0.2.7\",\"port\":2222,\"login\":\"root\","          \
                  "\"password\":\"hunter2\"}",                                                     \
    }
#define STREAM(text)                                                                               \
    {                                                                                              \
        .request = BATCH, .status = 200, .answer = (text), .type = "text/event-stream"             \
    }
#define PROBLEM(code) "{\"title\":\"T\",\"detail\":\"D.\",\"code\":\"" code "\"}"

static void buy(const struct recorded *script, size_t count, const char *words, int code,
                struct program *program, struct recorded_server *server)
{
    program_init(program);
    recorded_server_start(server, script, count);
    program_expect(program, server->port, words, code);
    recorded_server_stop(server);
    program_deinit(program);
}

static void a_purchase_is_followed_by_its_stream_to_the_login(void **state)
{
    static const struct recorded script[] = {
        QUOTE,
        PURCHASE,
        STREAM(":\n\nevent: batch\ndata: " RUNNING "\n\nevent: batch\ndata: " COMPLETED "\n\n"),
        CREDENTIALS,
    };
    struct recorded_server server;
    struct program program;

    (void)state;
    buy(script, ARRAY_LENGTH(script), BUY " --yes", 0, &program, &server);
    assert_string_equal(server.heads[2].accept, "text/event-stream");
    assert_non_null(
        strstr(program.err, "1 x vps-2 in de with ubuntu-22 for 3 months: 28.61 USD\n"));
    assert_non_null(strstr(program.err, "Bought as checkout:5.\ncheckout:5: installing\n"));
    assert_non_null(strstr(program.out, "Server 77 is ready: slipctl ssh 77   "
                                        "(ssh -p 2222 root@192.0.2.7; password: slipctl "
                                        "credentials 77)\n"));
    assert_null(strstr(program.out, "hunter2"));
    assert_null(strstr(program.err, "\x1b"));
}

static void without_a_stream_the_server_is_asked_to_hold_its_answer(void **state)
{
    static const struct recorded script[] = {
        QUOTE,
        PURCHASE,
        {.request = BATCH, .status = 406, .answer = PROBLEM("not_acceptable")},
        {.request = BATCH, .status = 200, .answer = RUNNING                  },
        {.request = BATCH, .status = 200, .answer = COMPLETED                },
        CREDENTIALS,
    };
    struct recorded_server server;
    struct program program;

    (void)state;
    buy(script, ARRAY_LENGTH(script), BUY " --yes", 0, &program, &server);
    assert_string_equal(server.heads[3].prefer, "wait=20");
    assert_string_equal(server.heads[4].prefer, "wait=20");
}

static void streams_that_break_are_begun_anew_and_then_left(void **state)
{
    static const struct recorded script[] = {
        QUOTE,
        PURCHASE,
        STREAM("data: " RUNNING "\n\n"),
        STREAM(":\n\n"),
        STREAM("data: nonsense\n\n"),
        STREAM("data: [1]\n\ndata: " RUNNING "\n"),
        {.request = BATCH, .status = 200, .answer = COMPLETED},
        CREDENTIALS,
    };
    struct recorded_server server;
    struct program program;

    (void)state;
    buy(script, ARRAY_LENGTH(script), BUY " --yes", 0, &program, &server);
}

static void json_prints_the_batch_as_it_ended_and_nothing_else(void **state)
{
    static const struct recorded script[] = {
        QUOTE, PURCHASE, STREAM("data: " RUNNING "\n\ndata: " COMPLETED "\n\n")};
    struct recorded_server server;
    struct program program;

    (void)state;
    buy(script, ARRAY_LENGTH(script), BUY " --yes --json", 0, &program, &server);
    assert_string_equal(program.out, COMPLETED "\n");
}

static void without_waiting_the_batch_is_named(void **state)
{
    static const struct recorded script[] = {QUOTE, PURCHASE};
    struct recorded_server server;
    struct program program;

    (void)state;
    buy(script, ARRAY_LENGTH(script), BUY " --yes --no-wait --json", 0, &program, &server);
    assert_string_equal(program.out, ACCEPTED "\n");
}

static void several_are_bought_in_one_request(void **state)
{
    static const struct recorded script[] = {
        QUOTE,
        {.request = "POST /vps/buy:bulk?user_id=42",
          .body = "{\"items\":[" ITEM "," ITEM "," ITEM "]}",
          .status = 202,
          .answer =
             "{\"batch_id\":\"checkout:5\",\"accepted\":2,\"status\":\"pending\",\"rejected\":"
             "[{\"index\":1,\"code\":\"sold_out\",\"detail\":\"No room.\"}]}"},
    };
    struct recorded_server server;
    struct program program;

    (void)state;
    buy(script, ARRAY_LENGTH(script), BUY " --yes --no-wait --count 3 --user 42", 0, &program,
        &server);
    assert_non_null(strstr(program.err, "3 x vps-2"));
    assert_non_null(strstr(program.err, ": 85.83 USD\n"));
    assert_non_null(strstr(program.out, "   1  sold_out  No room.\n"));
    assert_string_not_equal(server.heads[1].idempotency_key, "");
}

static void nobody_buys_unasked(void **state)
{
    static const struct recorded script[] = {QUOTE};
    struct recorded_server server;
    struct program program;

    (void)state;
    buy(script, 1, BUY, 2, &program, &server);
    assert_non_null(strstr(program.err, "--yes does it without asking"));
}

static void what_does_not_fit_is_not_bought(void **state)
{
    static const struct recorded script[] = {
        {.request = "POST /vps/quote",
         .body = "{\"plan_code\":\"vps-2\",\"period_months\":3,\"os_code\":\"ubuntu-22\"}",
         .status = 200,
         .answer = "{\"price_usd\":\"28.61\",\"os_supported\":false}"}
    };
    struct recorded_server server;
    struct program program;

    (void)state;
    buy(script, 1, BUY " --yes", 1, &program, &server);
    assert_non_null(strstr(program.err, "ubuntu-22 does not run on vps-2."));
}

static void a_poor_wallet_ends_it_with_the_problem(void **state)
{
    static const struct recorded script[] = {
        QUOTE,
        {.request = "POST /vps",
          .body = ITEM,
          .status = 402,
          .answer = PROBLEM("insufficient_funds")},
    };
    struct recorded_server server;
    struct program program;

    (void)state;
    buy(script, ARRAY_LENGTH(script), BUY " --yes", 1, &program, &server);
    assert_non_null(strstr(program.err, "slipctl: insufficient_funds: D. (402"));
}

static void a_build_that_failed_is_an_exit_code(void **state) /* INV-2 */
{
    static const struct recorded script[] = {
        QUOTE,
        PURCHASE,
        STREAM(
            "data: {\"batch_id\":\"checkout:5\",\"status\":\"failed\",\"total\":1,\"succeeded\":0,"
            "\"failed\":1,\"items\":[{\"index\":0,\"vps_id\":77,\"status\":\"failed\",\"step\":"
            "null,"
            "\"progress\":0,\"charged_usd\":\"28.61\",\"refunded_usd\":\"28.61\",\"error\":"
            "{\"code\":\"image_missing\",\"detail\":\"No image.\"}}]}\n\n"),
    };
    struct recorded_server server;
    struct program program;

    (void)state;
    buy(script, ARRAY_LENGTH(script), BUY " --yes", 1, &program, &server);
    assert_non_null(strstr(program.out, "No image."));
    assert_non_null(strstr(program.err, "1 of 1 could not be built; what was paid for it is back"));
}

static void a_login_that_can_not_be_read_spoils_no_purchase(void **state)
{
    static const struct recorded script[] = {
        QUOTE,
        PURCHASE,
        STREAM("data: " COMPLETED "\n\n"),
        {.request = "GET /vps/77/credentials", .status = 403, .answer = PROBLEM("forbidden_scope")},
    };
    struct recorded_server server;
    struct program program;

    (void)state;
    buy(script, ARRAY_LENGTH(script), BUY " --yes", 0, &program, &server);
    assert_non_null(strstr(program.out, "Server 77 is ready: slipctl ssh 77\n"));
}

static void a_wait_that_is_over_names_the_batch_to_go_on_with(void **state)
{
    static const struct recorded script[] = {
        QUOTE,
        PURCHASE,
        {.request = BATCH, .status = 200, .answer = RUNNING},
        {.request = BATCH, .status = 200, .answer = RUNNING},
    };
    struct recorded_server server;
    struct program program;

    (void)state;
    buy(script, ARRAY_LENGTH(script), BUY " --yes --timeout 1", 3, &program, &server);
    assert_non_null(strstr(program.err, "follow it with: slipctl batch checkout:5 --wait"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_purchase_is_followed_by_its_stream_to_the_login),
        cmocka_unit_test(without_a_stream_the_server_is_asked_to_hold_its_answer),
        cmocka_unit_test(streams_that_break_are_begun_anew_and_then_left),
        cmocka_unit_test(json_prints_the_batch_as_it_ended_and_nothing_else),
        cmocka_unit_test(without_waiting_the_batch_is_named),
        cmocka_unit_test(several_are_bought_in_one_request),
        cmocka_unit_test(nobody_buys_unasked),
        cmocka_unit_test(what_does_not_fit_is_not_bought),
        cmocka_unit_test(a_poor_wallet_ends_it_with_the_problem),
        cmocka_unit_test(a_build_that_failed_is_an_exit_code),
        cmocka_unit_test(a_login_that_can_not_be_read_spoils_no_purchase),
        cmocka_unit_test(a_wait_that_is_over_names_the_batch_to_go_on_with),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
