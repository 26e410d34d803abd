#include "lib/http/problem.h"

#include "lib/http/text_utf8.h"

#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void a_problem_is_rendered_in_the_order_of_the_contract(void **state)
{
    CLEANUP(problem_deinit) struct problem problem = {0};
    CLEANUP(buffer_deinit) struct buffer body = {0};

    (void)state;
    assert_int_equal(problem_set(&problem, PROBLEM_NOT_FOUND, "No \"%s\".", "thing"),
                     PROBLEM_NOT_FOUND);
    problem_render(&problem, "01JD", &body);
    assert_string_equal(body.data, "{\"type\":\"/hosting/api/v1/docs/errors#not_found\","
                                   "\"title\":\"Not found\",\"status\":404,"
                                   "\"detail\":\"No \\\"thing\\\".\",\"code\":\"not_found\","
                                   "\"request_id\":\"01JD\"}");
}

static void missing_money_is_told_in_three_sums(void **state)
{
    CLEANUP(buffer_deinit) struct buffer body = {0};
    const struct problem problem = {
        .code = PROBLEM_INSUFFICIENT_FUNDS,
        .detail = "The wallet holds 3.10 USD, the purchase costs 28.61 USD.",
        .required_cents = 2861,
        .balance_cents = 310,
    };

    (void)state;
    problem_render(&problem, "01JD", &body);
    assert_string_equal(
        body.data,
        "{\"type\":\"/hosting/api/v1/docs/errors#insufficient_funds\","
        "\"title\":\"Insufficient funds\",\"status\":402,"
        "\"detail\":\"The wallet holds 3.10 USD, the purchase costs 28.61 USD.\","
        "\"code\":\"insufficient_funds\",\"request_id\":\"01JD\",\"required_usd\":\"28.61\","
        "\"balance_usd\":\"3.10\",\"shortfall_usd\":\"25.51\"}");
}

static void all_field_errors_are_told_at_once(void **state)
{
    CLEANUP(problem_deinit) struct problem problem = {0};
    CLEANUP(buffer_deinit) struct buffer body = {0};

    (void)state;
    for (int i = 0; i < 2; i++)
        assert_int_equal(problem_add_field(&problem, PROBLEM_VALIDATION_FAILED, "unknown_plan",
                                           i == 0 ? "/a" : "/b", "No plan %d.", i),
                         PROBLEM_VALIDATION_FAILED);
    problem_render(&problem, "id", &body);
    assert_non_null(strstr(
        body.data, ",\"errors\":["
                   "{\"pointer\":\"/a\",\"code\":\"unknown_plan\",\"detail\":\"No plan 0.\"},"
                   "{\"pointer\":\"/b\",\"code\":\"unknown_plan\",\"detail\":\"No plan 1.\"}]}"));
}

static void fields_past_the_limit_are_dropped(void **state)
{
    CLEANUP(problem_deinit) struct problem problem = {0};

    (void)state;
    for (int i = 0; i < 3 * PROBLEM_FIELDS_MAX; i++)
        (void)problem_add_field(&problem, PROBLEM_INVALID_REQUEST, "wrong_type", "/x", "%d", i);
    assert_int_equal(problem.field_count, PROBLEM_FIELDS_MAX);
    assert_string_equal(problem.fields[PROBLEM_FIELDS_MAX - 1].detail, "127");
}

static void every_code_has_a_status_a_name_and_a_title(void **state)
{
    (void)state;
    for (int code = 0; code < PROBLEM_COUNT; code++) {
        assert_in_range(problem_status((enum problem_code)code), 400, 504);
        assert_true(strlen(problem_name((enum problem_code)code)) > 0);
        assert_true(strlen(problem_title((enum problem_code)code)) > 0);
    }
}

static void foreign_texts_come_out_as_utf8(void **state)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"plain \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
         "plain \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"                  },
        {"cut \xe2\x82",                                 "cut "          },
        {"lone \x80 byte",                               "lone ? byte"   },
        {"overlong \xc0\xaf.",                           "overlong ??."  },
        {"overlong \xe0\x80\xaf.",                       "overlong ???." },
        {"surrogate \xed\xa0\x80.",                      "surrogate ???."},
        {"too high \xf4\x90\x80\x80.",                   "too high ????."},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        char text[64];

        (void)snprintf(text, sizeof(text), "%s", cases[i].text);
        text_make_utf8(text);
        assert_string_equal(text, cases[i].expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_problem_is_rendered_in_the_order_of_the_contract),
        cmocka_unit_test(missing_money_is_told_in_three_sums),
        cmocka_unit_test(all_field_errors_are_told_at_once),
        cmocka_unit_test(fields_past_the_limit_are_dropped),
        cmocka_unit_test(every_code_has_a_status_a_name_and_a_title),
        cmocka_unit_test(foreign_texts_come_out_as_utf8),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
