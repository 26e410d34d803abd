#include "services/billing/status.h"

#include "lib/redis/batch_status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>

static void active_machine_is_final(void **state)
{
    const struct writer_outcome outcome = {
        .vps_id = 77, .status = "active", .final = true, .charged_cents = 1004};
    char json[STATUS_JSON_SIZE];
    int64_t rank;

    (void)state;
    status_render(&outcome, json, &rank);
    assert_int_equal(rank, BATCH_RANK_FINAL);
    assert_string_equal(json, "{\"vps_id\":77,\"status\":\"active\",\"step\":\"done\","
                              "\"progress\":100,\"charged_usd\":\"10.04\","
                              "\"refunded_usd\":\"0.00\",\"error\":null}");
}

static void failed_machine_tells_why_and_what_came_back(void **state)
{
    const struct writer_outcome outcome = {.vps_id = 77,
                                           .status = "failed",
                                           .final = true,
                                           .charged_cents = 1004,
                                           .refunded_cents = 1004,
                                           .error_code = "image_missing",
                                           .error_detail = "No \"image\"."};
    char json[STATUS_JSON_SIZE];
    int64_t rank;

    (void)state;
    status_render(&outcome, json, &rank);
    assert_int_equal(rank, BATCH_RANK_FINAL);
    assert_string_equal(json, "{\"vps_id\":77,\"status\":\"failed\",\"step\":\"failed\","
                              "\"progress\":0,\"charged_usd\":\"10.04\","
                              "\"refunded_usd\":\"10.04\",\"error\":{\"code\":\"image_missing\","
                              "\"detail\":\"No \\\"image\\\".\"}}");
}

static void started_machine_is_building(void **state)
{
    const struct writer_outcome outcome = {.vps_id = 77, .status = "building"};
    char json[STATUS_JSON_SIZE];
    int64_t rank;

    (void)state;
    status_render(&outcome, json, &rank);
    assert_int_equal(rank, BATCH_RANK_BUILDING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(active_machine_is_final),
        cmocka_unit_test(failed_machine_tells_why_and_what_came_back),
        cmocka_unit_test(started_machine_is_building),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
