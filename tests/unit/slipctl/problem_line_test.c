#include "slipctl/problem_line.h"

#include "slipctl/text.h"

#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_line(unsigned status, const char *type, const char *request_id, const char *body,
                        const char *expected)
{
    CLEANUP(answer_deinit) struct answer answer;
    CLEANUP(buffer_deinit) struct buffer line = {0};

    answer_init(&answer);
    answer.status = status;
    (void)snprintf(answer.content_type, sizeof(answer.content_type), "%s", type);
    (void)snprintf(answer.request_id, sizeof(answer.request_id), "%s", request_id);
    buffer_append_text(&answer.body, body);
    problem_line_append(&answer, &line);
    assert_string_equal(line.data, expected);
}

static void a_problem_is_one_line_with_code_detail_and_request(void **state)
{
    (void)state;
    assert_line(
        402, "application/problem+json", "",
        "{\"title\":\"Insufficient funds\",\"status\":402,\"detail\":\"The wallet holds 3.10 "
        "USD, the purchase costs 28.61 USD.\",\"code\":\"insufficient_funds\","
        "\"request_id\":\"01JD\"}",
        "insufficient_funds: The wallet holds 3.10 USD, the purchase costs 28.61 USD. (402, "
        "request 01JD)");
}

static void field_errors_are_all_told(void **state)
{
    (void)state;
    assert_line(
        422, "application/problem+json", "01JE",
        "{\"title\":\"Validation failed\",\"code\":\"validation_failed\",\"errors\":["
        "{\"pointer\":\"/items/0/plan_code\",\"code\":\"unknown_plan\",\"detail\":\"No such "
        "plan.\"},{\"pointer\":\"?limit\",\"code\":\"out_of_range\",\"detail\":\"1 to "
        "200.\"}]}",
        "validation_failed: Validation failed /items/0/plan_code: unknown_plan: No such "
        "plan. ?limit: out_of_range: 1 to 200. (422, request 01JE)");
}

static void what_is_no_problem_is_told_by_status_and_type(void **state)
{
    (void)state;
    assert_line(502, "text/html", "", "<html>\x1b[2J</html>",
                "The server answered text/html (502)");
    assert_line(204, "", "01JF", "", "The server answered nothing (204, request 01JF)");
    assert_line(500, "application/json", "", "[1]", "The server answered application/json (500)");
}

static void nothing_of_a_problem_steers_the_terminal(void **state)
{
    (void)state;
    assert_line(400, "a/b\x1b", "",
                "{\"code\":\"\\u001bc\",\"detail\":\"\\r\\nx\",\"request_id\":\"\\u0007\","
                "\"errors\":[{\"pointer\":\"\\u009b\",\"code\":1}]}",
                "\xef\xbf\xbd"
                "c: \xef\xbf\xbd\xef\xbf\xbdx \xef\xbf\xbd: :  (400, request \xef\xbf\xbd)");
}

static void endless_field_errors_are_counted(void **state)
{
    CLEANUP(buffer_deinit) struct buffer body = {0};
    CLEANUP(buffer_deinit) struct buffer line = {0};
    CLEANUP(answer_deinit) struct answer answer;

    (void)state;
    buffer_append_text(&body, "{\"code\":\"c\",\"detail\":\"d\",\"errors\":[{}");
    for (int i = 1; i < 128; ++i)
        buffer_append_text(&body, ",{}");
    buffer_append_text(&body, "]}");
    answer_init(&answer);
    buffer_append_text(&answer.body, body.data);
    problem_line_append(&answer, &line);
    assert_non_null(strstr(line.data, " and 108 more"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_problem_is_one_line_with_code_detail_and_request),
        cmocka_unit_test(field_errors_are_all_told),
        cmocka_unit_test(what_is_no_problem_is_told_by_status_and_type),
        cmocka_unit_test(nothing_of_a_problem_steers_the_terminal),
        cmocka_unit_test(endless_field_errors_are_counted),
    };

    text_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
