/* The bodies of renewals, byte for byte. */
#include "services/billing/answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* 2026-09-09T12:00:00Z */
static const int64_t noon_us = INT64_C(1788955200) * 1000000;

static void renewal_is_the_charge_and_the_new_end(void **state)
{
    const struct answer_renewal renewal = {
        .vps_id = 77, .charged_cents = 2861, .expires_at_us = noon_us};
    struct answer answer = {0};

    (void)state;
    answer_render_renewal(&answer, &renewal);
    assert_int_equal(answer.status, 200);
    assert_true(answer.recorded);
    assert_string_equal(answer.location, "");
    assert_string_equal(answer.body.data, "{\"vps_id\":77,\"charged_usd\":\"28.61\","
                                          "\"expires_at\":\"2026-09-09T12:00:00Z\"}");
    answer_deinit(&answer);
}

static void bulk_renewal_tells_of_each_item_in_order(void **state)
{
    struct answer_renewal renewals[] = {
        {.vps_id = 77,              .charged_cents = 2861, .expires_at_us = noon_us},
        {.vps_id = 99},
        {.vps_id = 78             },
        {.vps_id = 79             },
    };
    struct answer answer = {0};

    (void)state;
    (void)problem_set(&renewals[1].problem, PROBLEM_NOT_FOUND, "There is no such resource.");
    (void)problem_add_field(&renewals[2].problem, PROBLEM_VALIDATION_FAILED, "unknown_period",
                            "/period_months", "Servers are not sold for this period.");
    (void)problem_set(&renewals[2].problem, PROBLEM_VALIDATION_FAILED, "Invalid.");
    (void)problem_set(&renewals[3].problem, PROBLEM_INSUFFICIENT_FUNDS, "Too \"poor\".");
    answer_render_renewals(&answer, renewals, ARRAY_LENGTH(renewals));
    assert_int_equal(answer.status, 200);
    assert_true(answer.recorded);
    assert_string_equal(
        answer.body.data,
        "{\"results\":[{\"index\":0,\"vps_id\":77,\"ok\":true,\"data\":{\"vps_id\":77,"
        "\"charged_usd\":\"28.61\",\"expires_at\":\"2026-09-09T12:00:00Z\"}},"
        "{\"index\":1,\"vps_id\":99,\"ok\":false,\"error\":{\"code\":\"not_found\","
        "\"detail\":\"There is no such resource.\"}},"
        "{\"index\":2,\"vps_id\":78,\"ok\":false,\"error\":{\"code\":\"unknown_period\","
        "\"detail\":\"Servers are not sold for this period.\"}},"
        "{\"index\":3,\"vps_id\":79,\"ok\":false,\"error\":{\"code\":\"insufficient_funds\","
        "\"detail\":\"Too \\\"poor\\\".\"}}],\"succeeded\":1,\"failed\":3}");
    for (size_t i = 0; i < ARRAY_LENGTH(renewals); ++i)
        problem_deinit(&renewals[i].problem);
    answer_deinit(&answer);
}

static void orders_of_our_own_leave_no_record(void **state)
{
    struct answer answer = {0};

    (void)state;
    answer_render_done(&answer);
    assert_int_equal(answer.status, 204);
    assert_false(answer.recorded);
    assert_int_equal(answer.body.length, 0);
    answer_deinit(&answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(renewal_is_the_charge_and_the_new_end),
        cmocka_unit_test(bulk_renewal_tells_of_each_item_in_order),
        cmocka_unit_test(orders_of_our_own_leave_no_record),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
