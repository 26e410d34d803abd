#include "services/gateway/renew_request.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static json_t *parse(const char *text)
{
    json_t *body = json_loads(text, 0, NULL);

    assert_non_null(body);
    return body;
}

static void assert_field(const struct problem *problem, size_t index, const char *pointer,
                         const char *code)
{
    assert_true(index < problem->field_count);
    assert_string_equal(problem->fields[index].pointer, pointer);
    assert_string_equal(problem->fields[index].code, code);
}

static void one_renewal_is_read(void **state)
{
    json_t *body = parse("{\"period_months\":3,\"user_id\":42}");
    struct renew_request renew;
    struct problem problem = {0};

    (void)state;
    assert_int_equal(renew_request_read(body, 77, &renew, &problem), 0);
    assert_int_equal(renew.user_id, 42);
    assert_false(renew.command.bulk);
    assert_int_equal(renew.command.n_items, 1);
    assert_int_equal(renew.command.items[0]->vps_id, 77);
    assert_int_equal(renew.command.items[0]->period_months, 3);
    json_decref(body);
}

static void misspelt_period_renews_nothing(void **state)
{
    json_t *body = parse("{\"period_month\":3,\"user_id\":0}");
    struct renew_request renew;
    struct problem problem = {0};

    (void)state;
    assert_int_equal(renew_request_read(body, 77, &renew, &problem), PROBLEM_INVALID_REQUEST);
    assert_int_equal(problem.field_count, 3);
    assert_field(&problem, 0, "/period_months", "required");
    assert_field(&problem, 1, "/user_id", "out_of_range");
    assert_field(&problem, 2, "/period_month", "unknown_member");
    problem_deinit(&problem);
    json_decref(body);
}

static void bulk_renewal_is_read_in_order(void **state)
{
    json_t *body = parse("{\"items\":[{\"vps_id\":9223372036854775807,\"period_months\":12},"
                         "{\"vps_id\":77,\"period_months\":-1},{\"vps_id\":77,"
                         "\"period_months\":4294967297}]}");
    struct renew_request renew;
    struct problem problem = {0};

    (void)state;
    assert_int_equal(renew_request_read_bulk(body, &renew, &problem), 0);
    assert_true(renew.command.bulk);
    assert_int_equal(renew.user_id, 0);
    assert_int_equal(renew.command.n_items, 3);
    assert_true(renew.command.items[0]->vps_id == INT64_MAX);
    assert_int_equal(renew.command.items[0]->period_months, 12);
    assert_int_equal(renew.command.items[1]->vps_id, 77);
    assert_int_equal(renew.command.items[1]->period_months, 0);
    assert_int_equal(renew.command.items[2]->period_months, 0);
    json_decref(body);
}

static void all_errors_of_a_bulk_renewal_are_told_at_once(void **state)
{
    json_t *body = parse("{\"items\":[{\"vps_id\":0,\"period_months\":1},{\"period_months\":\"1\"},"
                         "7,{\"vps_id\":1,\"period_months\":1,\"plan_code\":\"vps-2\"}]}");
    struct renew_request renew;
    struct problem problem = {0};

    (void)state;
    assert_int_equal(renew_request_read_bulk(body, &renew, &problem), PROBLEM_INVALID_REQUEST);
    assert_int_equal(problem.field_count, 5);
    assert_field(&problem, 0, "/items/0/vps_id", "out_of_range");
    assert_field(&problem, 1, "/items/1/vps_id", "required");
    assert_field(&problem, 2, "/items/1/period_months", "wrong_type");
    assert_field(&problem, 3, "/items/2", "wrong_type");
    assert_field(&problem, 4, "/items/3/plan_code", "unknown_member");
    problem_deinit(&problem);
    json_decref(body);
}

static json_t *make_items(size_t count)
{
    json_t *items = json_array();

    for (size_t i = 0; i < count; ++i)
        (void)json_array_append_new(
            items, json_pack("{s:i,s:i}", "vps_id", (int)i + 1, "period_months", 1));
    return json_pack("{s:o}", "items", items);
}

static json_t *make_ids(size_t count)
{
    json_t *ids = json_array();

    for (size_t i = 0; i < count; ++i)
        (void)json_array_append_new(ids, json_integer((json_int_t)i + 1));
    return json_pack("{s:o}", "vps_ids", ids);
}

static void a_bulk_renewal_holds_1_to_100_items(void **state)
{
    static const struct {
        size_t count;
        const char *code;
    } cases[] = {
        {0,   "out_of_range"  },
        {1,   NULL            },
        {100, NULL            },
        {101, "too_many_items"},
    };
    struct renew_request renew;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); ++i) {
        struct problem problem = {0};
        json_t *body = make_items(cases[i].count);

        assert_int_equal(renew_request_read_bulk(body, &renew, &problem),
                         cases[i].code == NULL ? PROBLEM_NONE : PROBLEM_VALIDATION_FAILED);
        if (cases[i].code != NULL)
            assert_field(&problem, 0, "/items", cases[i].code);
        else
            assert_int_equal(renew.command.n_items, cases[i].count);
        problem_deinit(&problem);
        json_decref(body);
    }
}

static void status_is_asked_of_1_to_1000_ids(void **state)
{
    static const struct {
        size_t count;
        const char *code;
    } cases[] = {
        {0,    "out_of_range"  },
        {1,    NULL            },
        {1000, NULL            },
        {1001, "too_many_items"},
    };
    struct status_request status;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); ++i) {
        struct problem problem = {0};
        json_t *body = make_ids(cases[i].count);

        assert_int_equal(status_request_read(body, &status, &problem),
                         cases[i].code == NULL ? PROBLEM_NONE : PROBLEM_VALIDATION_FAILED);
        if (cases[i].code != NULL)
            assert_field(&problem, 0, "/vps_ids", cases[i].code);
        else
            assert_int_equal(status.question.vps_ids[cases[i].count - 1], cases[i].count);
        problem_deinit(&problem);
        json_decref(body);
    }
}

static void what_is_no_id_is_named_by_its_place(void **state)
{
    json_t *low = parse("{\"vps_ids\":[77,0,-5]}");
    json_t *odd = parse("{\"vps_ids\":[0,\"77\",1.0,null],\"user_id\":42}");
    struct status_request status;
    struct problem problem = {0};

    (void)state;
    assert_int_equal(status_request_read(low, &status, &problem), PROBLEM_VALIDATION_FAILED);
    assert_int_equal(problem.field_count, 2);
    assert_field(&problem, 0, "/vps_ids/1", "out_of_range");
    assert_field(&problem, 1, "/vps_ids/2", "out_of_range");
    problem_deinit(&problem);
    assert_int_equal(status_request_read(odd, &status, &problem), PROBLEM_INVALID_REQUEST);
    assert_int_equal(problem.field_count, 5);
    assert_field(&problem, 0, "/user_id", "unknown_member");
    assert_field(&problem, 1, "/vps_ids/0", "out_of_range");
    assert_field(&problem, 2, "/vps_ids/1", "wrong_type");
    assert_field(&problem, 4, "/vps_ids/3", "wrong_type");
    problem_deinit(&problem);
    json_decref(odd);
    json_decref(low);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_renewal_is_read),
        cmocka_unit_test(misspelt_period_renews_nothing),
        cmocka_unit_test(bulk_renewal_is_read_in_order),
        cmocka_unit_test(all_errors_of_a_bulk_renewal_are_told_at_once),
        cmocka_unit_test(a_bulk_renewal_holds_1_to_100_items),
        cmocka_unit_test(status_is_asked_of_1_to_1000_ids),
        cmocka_unit_test(what_is_no_id_is_named_by_its_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
