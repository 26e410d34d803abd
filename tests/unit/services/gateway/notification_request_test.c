#include "services/gateway/notification_request.h"

#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static int read_text(const char *text, struct notification_request *ret_request,
                     struct problem *problem, json_t **ret_body)
{
    assert_int_equal(json_request_parse(text, strlen(text), ret_body, problem), 0);
    return notification_request_read(*ret_body, ret_request, problem);
}

static void all_of_it_is_read(void **state)
{
    struct notification_request request;
    struct problem problem = {.code = PROBLEM_NONE};
    json_t *body = NULL;

    (void)state;
    assert_int_equal(read_text("{\"email\":\"a@b.example\",\"language\":\"ru\",\"telegram_id\":42,"
                               "\"notices\":{\"expiring\":{\"email\":true,\"telegram\":false}}}",
                               &request, &problem, &body),
                     0);
    assert_string_equal(request.preferences.email, "a@b.example");
    assert_string_equal(request.preferences.language, "ru");
    assert_int_equal(request.preferences.telegram_id, 42);
    assert_int_equal(request.preferences.n_choices, 1);
    assert_string_equal(request.preferences.choices[0]->notice, "expiring");
    assert_true(request.preferences.choices[0]->email);
    assert_false(request.preferences.choices[0]->telegram);
    json_decref(body);
}

static void what_is_left_out_or_null_is_as_by_default(void **state)
{
    static const char *const bodies[] = {
        "{}", "{\"email\":null,\"language\":null,\"telegram_id\":null,\"notices\":null}"};

    (void)state;
    for (size_t i = 0; i < 2; ++i) {
        struct notification_request request;
        struct problem problem = {.code = PROBLEM_NONE};
        json_t *body = NULL;

        assert_int_equal(read_text(bodies[i], &request, &problem, &body), 0);
        assert_string_equal(request.preferences.email, "");
        assert_string_equal(request.preferences.language, "en");
        assert_int_equal(request.preferences.telegram_id, 0);
        assert_int_equal(request.preferences.n_choices, 0);
        json_decref(body);
    }
}

static void all_errors_are_told_at_once(void **state)
{
    struct notification_request request;
    struct problem problem = {.code = PROBLEM_NONE};
    json_t *body = NULL;

    (void)state;
    assert_int_equal(read_text("{\"email\":7,\"telegram_id\":0,\"what\":1,"
                               "\"notices\":{\"expiring\":{\"email\":true}}}",
                               &request, &problem, &body),
                     PROBLEM_INVALID_REQUEST);
    assert_int_equal(problem.field_count, 4);
    json_decref(body);
    problem_deinit(&problem);
}

static void more_notices_than_there_can_be_are_refused(void **state)
{
    struct notification_request request;
    struct problem problem = {.code = PROBLEM_NONE};
    json_t *body = json_object();
    json_t *notices = json_object();

    (void)state;
    for (int i = 0; i <= NOTICE_CHOICES_MAX; ++i) {
        char name[24];

        (void)snprintf(name, sizeof(name), "notice_%d", i);
        (void)json_object_set_new(notices, name, json_pack("{s:b,s:b}", "email", 1, "telegram", 1));
    }
    (void)json_object_set_new(body, "notices", notices);
    assert_int_equal(notification_request_read(body, &request, &problem),
                     PROBLEM_VALIDATION_FAILED);
    assert_string_equal(problem.fields[0].code, "too_many_items");
    json_decref(body);
    problem_deinit(&problem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_it_is_read),
        cmocka_unit_test(what_is_left_out_or_null_is_as_by_default),
        cmocka_unit_test(all_errors_are_told_at_once),
        cmocka_unit_test(more_notices_than_there_can_be_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
