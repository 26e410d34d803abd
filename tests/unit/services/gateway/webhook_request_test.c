#include "services/gateway/webhook_request.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static int read_text(const char *text, struct webhook_request *ret_request, struct problem *problem,
                     json_t **ret_body)
{
    assert_int_equal(json_request_parse(text, strlen(text), ret_body, problem), 0);
    return webhook_request_read(*ret_body, ret_request, problem);
}

static void url_and_events_are_read(void **state)
{
    struct webhook_request request;
    struct problem problem = {.code = PROBLEM_NONE};
    json_t *body = NULL;

    (void)state;
    assert_int_equal(read_text("{\"url\":\"https://a.example\",\"events\":[\"a\",\"b\"]}", &request,
                               &problem, &body),
                     0);
    assert_string_equal(request.command.url, "https://a.example");
    assert_int_equal(request.command.n_events, 2);
    assert_string_equal(request.command.events[1], "b");
    json_decref(body);
    assert_int_equal(read_text("{\"url\":\"https://a.example\"}", &request, &problem, &body), 0);
    assert_int_equal(request.command.n_events, 0);
    json_decref(body);
}

static void all_errors_are_told_at_once(void **state)
{
    struct webhook_request request;
    struct problem problem = {.code = PROBLEM_NONE};
    json_t *body = NULL;

    (void)state;
    assert_int_equal(read_text("{\"events\":[\"a\",\"\",7],\"what\":1}", &request, &problem, &body),
                     PROBLEM_INVALID_REQUEST);
    assert_int_equal(problem.field_count, 4);
    assert_string_equal(problem.fields[0].pointer, "/url");
    assert_string_equal(problem.fields[1].pointer, "/events/1");
    assert_string_equal(problem.fields[2].pointer, "/events/2");
    assert_string_equal(problem.fields[3].pointer, "/what");
    json_decref(body);
    problem_deinit(&problem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(url_and_events_are_read),
        cmocka_unit_test(all_errors_are_told_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
