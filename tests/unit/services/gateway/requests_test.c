#include "services/gateway/admin_request.h"
#include "services/gateway/endpoint.h"
#include "services/gateway/purchase_request.h"

#include <stdio.h>
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

static void one_purchase_is_read(void **state)
{
    json_t *body = parse("{\"plan_code\":\"vps-2\",\"location_code\":\"de\","
                         "\"os_code\":\"ubuntu-22\",\"period_months\":3,\"user_id\":42}");
    struct purchase_request purchase;
    struct problem problem = {0};

    (void)state;
    assert_int_equal(purchase_request_read(body, &purchase, &problem), 0);
    assert_int_equal(purchase.user_id, 42);
    assert_false(purchase.command.bulk);
    assert_int_equal(purchase.command.n_items, 1);
    assert_string_equal(purchase.command.items[0]->plan_code, "vps-2");
    assert_string_equal(purchase.command.items[0]->location_code, "de");
    assert_string_equal(purchase.command.items[0]->os_code, "ubuntu-22");
    assert_int_equal(purchase.command.items[0]->period_months, 3);
    json_decref(body);
}

static void misspelt_period_buys_nothing_and_all_errors_are_told(void **state)
{
    json_t *body = parse("{\"plan_code\":7,\"location_code\":\"\",\"os_code\":\"ubuntu-22\","
                         "\"period_month\":3}");
    struct purchase_request purchase;
    struct problem problem = {0};

    (void)state;
    assert_int_equal(purchase_request_read(body, &purchase, &problem), PROBLEM_INVALID_REQUEST);
    assert_int_equal(problem.field_count, 4);
    assert_field(&problem, 0, "/plan_code", "wrong_type");
    assert_field(&problem, 1, "/location_code", "out_of_range");
    assert_field(&problem, 2, "/period_months", "required");
    assert_field(&problem, 3, "/period_month", "unknown_member");
    problem_deinit(&problem);
    json_decref(body);
}

static json_t *make_bulk(size_t count)
{
    json_t *items = json_array();

    for (size_t i = 0; i < count; ++i)
        (void)json_array_append_new(items, parse("{\"plan_code\":\"p\",\"location_code\":\"l\","
                                                 "\"os_code\":\"o\",\"period_months\":1}"));
    return json_pack("{s:o}", "items", items);
}

static void a_bulk_holds_1_to_100_items(void **state)
{
    static const struct {
        size_t count;
        int refusal;
    } cases[] = {
        {0,   PROBLEM_VALIDATION_FAILED},
        {1,   0                        },
        {100, 0                        },
        {101, PROBLEM_VALIDATION_FAILED},
    };
    struct purchase_request purchase;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); ++i) {
        struct problem problem = {0};
        json_t *body = make_bulk(cases[i].count);

        assert_int_equal(purchase_request_read_bulk(body, &purchase, &problem), cases[i].refusal);
        if (cases[i].refusal == 0)
            assert_int_equal(purchase.command.n_items, cases[i].count);
        if (cases[i].count > 100)
            assert_field(&problem, 0, "/items", "too_many_items");
        problem_deinit(&problem);
        json_decref(body);
    }
}

static void a_period_out_of_range_does_not_spoil_a_bulk(void **state)
{
    json_t *body = parse("{\"items\":[{\"plan_code\":\"p\",\"location_code\":\"l\","
                         "\"os_code\":\"o\",\"period_months\":-4294967295}]}");
    struct purchase_request purchase;
    struct problem problem = {0};

    (void)state;
    assert_int_equal(purchase_request_read_bulk(body, &purchase, &problem), 0);
    assert_true(purchase.command.bulk);
    assert_int_equal(purchase.command.items[0]->period_months, 0);
    json_decref(body);
}

static void errors_in_a_bulk_point_at_the_item(void **state)
{
    json_t *body = parse("{\"items\":[{\"plan_code\":\"p\",\"location_code\":\"l\","
                         "\"os_code\":\"o\",\"period_months\":\"3\"},17]}");
    struct purchase_request purchase;
    struct problem problem = {0};

    (void)state;
    assert_int_equal(purchase_request_read_bulk(body, &purchase, &problem),
                     PROBLEM_INVALID_REQUEST);
    assert_field(&problem, 0, "/items/0/period_months", "wrong_type");
    assert_field(&problem, 1, "/items/1", "wrong_type");
    problem_deinit(&problem);
    json_decref(body);
}

static void a_correction_of_a_balance_is_read(void **state)
{
    json_t *body = parse("{\"amount_usd\":\"-5.00\",\"reason\":\"goodwill\"}");
    json_t *zero = parse("{\"amount_usd\":\"0.00\",\"reason\":\"x\"}");
    Slipway__V1__AdjustBalance command;
    struct problem problem = {0};

    (void)state;
    assert_int_equal(balance_request_read(body, &command, &problem), 0);
    assert_int_equal(command.amount_cents, -500);
    assert_string_equal(command.reason, "goodwill");
    assert_int_equal(balance_request_read(zero, &command, &problem), PROBLEM_VALIDATION_FAILED);
    assert_field(&problem, 0, "/amount_usd", "out_of_range");
    problem_deinit(&problem);
    json_decref(zero);
    json_decref(body);
}

static void a_key_request_is_checked_against_its_role(void **state)
{
    static const struct {
        const char *body, *pointer, *code;
    } cases[] = {
        {"{\"role\":\"reseller\",\"user_id\":42,\"name\":\"n\",\"scopes\":[\"vps:read\"]}", NULL,
         NULL                                                                                                           },
        {"{\"role\":\"operator\",\"name\":\"n\"}",                                          NULL,        NULL           },
        {"{\"role\":\"operator\",\"name\":\"n\",\"scopes\":[\"admin:*\"]}",                 NULL,        NULL           },
        {"{\"role\":\"reseller\",\"name\":\"n\",\"scopes\":[\"vps:read\"]}",                "/user_id",
         "user_id_required"                                                                                             },
        {"{\"role\":\"reseller\",\"user_id\":42,\"name\":\"n\",\"scopes\":[\"admin:*\"]}",
         "/scopes/0",                                                                                    "unknown_scope"},
        {"{\"role\":\"reseller\",\"user_id\":42,\"name\":\"n\"}",                           "/scopes",   "required"     },
        {"{\"role\":\"operator\",\"user_id\":42,\"name\":\"n\"}",                           "/user_id",  "out_of_range" },
        {"{\"role\":\"root\",\"name\":\"n\",\"scopes\":[\"vps:read\"]}",                    "/role",     "out_of_range" },
        {"{\"role\":\"operator\",\"name\":\"n\",\"scopes\":[7]}",                           "/scopes/0", "wrong_type"   },
    };
    struct key_request request;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); ++i) {
        struct problem problem = {0};
        json_t *body = parse(cases[i].body);
        const int refusal = key_request_read(body, &request, &problem);

        assert_int_equal(refusal != 0, cases[i].code != NULL);
        if (cases[i].code != NULL)
            assert_field(&problem, 0, cases[i].pointer, cases[i].code);
        problem_deinit(&problem);
        json_decref(body);
    }
}

static void a_user_may_be_nameless(void **state)
{
    json_t *body = parse("{\"telegram_id\":666971555,\"name\":null}");
    Slipway__V1__CreateUser command;
    struct problem problem = {0};

    (void)state;
    assert_int_equal(user_request_read(body, &command, &problem), 0);
    assert_true(command.telegram_id == 666971555);
    assert_string_equal(command.name, "");
    json_decref(body);
}

/* A new route can't be forgotten by those who check the table. */
static void every_endpoint_is_guarded(void **state)
{
    size_t count;
    const struct endpoint *table = endpoint_table(&count);

    (void)state;
    assert_int_equal(count, 31);
    for (size_t i = 0; i < count; ++i) {
        const struct endpoint *endpoint = &table[i];
        const size_t query = strlen(endpoint->query);

        assert_int_equal(strncmp(endpoint->route.pattern, API_BASE "/", sizeof(API_BASE)), 0);
        assert_int_not_equal(endpoint->scope, 0);
        assert_non_null(endpoint->handle);
        assert_true(query == 0 || endpoint->query[query - 1] == ' ');
        if (strstr(endpoint->route.pattern, "/admin/") != NULL) {
            assert_true((endpoint->flags & ENDPOINT_OPERATOR) != 0);
            assert_int_equal(endpoint->scope, SCOPE_ADMIN);
        }
        /* What is asked of an endpoint of webhooks says all by its path. */
        if (strcmp(endpoint->route.method, "POST") == 0 &&
            strstr(endpoint->route.pattern, "/webhooks/{") == NULL)
            assert_true((endpoint->flags & ENDPOINT_BODY) != 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_purchase_is_read),
        cmocka_unit_test(misspelt_period_buys_nothing_and_all_errors_are_told),
        cmocka_unit_test(a_bulk_holds_1_to_100_items),
        cmocka_unit_test(a_period_out_of_range_does_not_spoil_a_bulk),
        cmocka_unit_test(errors_in_a_bulk_point_at_the_item),
        cmocka_unit_test(a_correction_of_a_balance_is_read),
        cmocka_unit_test(a_key_request_is_checked_against_its_role),
        cmocka_unit_test(a_user_may_be_nameless),
        cmocka_unit_test(every_endpoint_is_guarded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
