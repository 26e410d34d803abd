#include "services/notifier/event.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define TEXT(text)                                                                                 \
    {                                                                                              \
        (text), sizeof(text) - 1                                                                   \
    }

static struct event_message message_of(const uint8_t *value, size_t length)
{
    return (struct event_message){.id = TEXT("0123456789abcdef"),
                                  .type = TEXT("hosting.vps.failed.v1"),
                                  .subject = TEXT("vps:77"),
                                  .time = TEXT("2026-09-09T12:00:00Z"),
                                  .value = value,
                                  .value_length = length};
}

static void assert_renders(const struct event_message *message, const char *expected)
{
    CLEANUP(event_deinit) struct event event = {.data = NULL};
    CLEANUP(buffer_deinit) struct buffer body = {0};
    struct error error;

    assert_int_equal(event_read(message, &event, &error), 0);
    event_render(&event, &body);
    assert_false(body.overflown);
    assert_string_equal(body.data, expected);
}

static void names_are_those_of_the_api_and_what_is_not_set_is_left_out(void **state)
{
    Slipway__V1__VpsEvent vps = SLIPWAY__V1__VPS_EVENT__INIT;
    uint8_t packed[256];
    struct event_message message;

    (void)state;
    vps.vps_id = 77;
    vps.user_id = 42;
    vps.plan_code = (char[]){"vps-2"};
    vps.status = (char[]){"failed"};
    vps.address = (char[]){"192.0.2.7"};
    vps.expires_at_us = INT64_C(1788955200000000);
    vps.error_detail = (char[]){"No \"image\"."};
    message = message_of(packed, slipway__v1__vps_event__pack(&vps, packed));
    assert_renders(&message,
                   "{\"type\":\"hosting.vps.failed.v1\",\"timestamp\":\"2026-09-09T12:00:00Z\","
                   "\"data\":{\"vps_id\":77,\"user_id\":42,\"plan_code\":\"vps-2\","
                   "\"status\":\"failed\",\"ip\":\"192.0.2.7\","
                   "\"expires_at\":\"2026-09-09T12:00:00Z\","
                   "\"error_detail\":\"No \\\"image\\\".\"}}");
}

static void counts_and_money_of_zero_are_told(void **state)
{
    Slipway__V1__CheckoutEvent checkout = SLIPWAY__V1__CHECKOUT_EVENT__INIT;
    uint8_t packed[256];
    struct event_message message;

    (void)state;
    checkout.batch_id = (char[]){"checkout:5"};
    checkout.user_id = 42;
    checkout.total = 2;
    checkout.succeeded = 2;
    checkout.charged_cents = 2861;
    message = message_of(packed, slipway__v1__checkout_event__pack(&checkout, packed));
    message.type = (struct event_text)TEXT("hosting.checkout.completed.v1");
    assert_renders(&message, "{\"type\":\"hosting.checkout.completed.v1\","
                             "\"timestamp\":\"2026-09-09T12:00:00Z\",\"data\":{"
                             "\"batch_id\":\"checkout:5\",\"user_id\":42,\"total\":2,"
                             "\"succeeded\":2,\"failed\":0,\"charged_usd\":\"28.61\","
                             "\"refunded_usd\":\"0.00\"}}");
}

static void lists_of_ids_are_lists(void **state)
{
    Slipway__V1__CheckoutEvent checkout = SLIPWAY__V1__CHECKOUT_EVENT__INIT;
    uint64_t ids[] = {7, 8};
    uint8_t packed[256];
    struct event_message message;

    (void)state;
    checkout.batch_id = (char[]){"checkout:5"};
    checkout.n_vps_ids = ARRAY_LENGTH(ids);
    checkout.vps_ids = ids;
    message = message_of(packed, slipway__v1__checkout_event__pack(&checkout, packed));
    message.type = (struct event_text)TEXT("hosting.checkout.accepted.v1");
    assert_renders(&message, "{\"type\":\"hosting.checkout.accepted.v1\","
                             "\"timestamp\":\"2026-09-09T12:00:00Z\",\"data\":{"
                             "\"batch_id\":\"checkout:5\",\"user_id\":0,\"total\":0,"
                             "\"succeeded\":0,\"failed\":0,\"charged_usd\":\"0.00\","
                             "\"refunded_usd\":\"0.00\",\"vps_ids\":[7,8]}}");
}

static void a_test_names_its_endpoint(void **state)
{
    CLEANUP(buffer_deinit) struct buffer body = {0};

    (void)state;
    event_render_test(INT64_C(1788955200000000), 5, &body);
    assert_string_equal(body.data, "{\"type\":\"hosting.webhook.test.v1\",\"timestamp\":"
                                   "\"2026-09-09T12:00:00Z\",\"data\":{\"endpoint_id\":5}}");
}

static void what_is_no_event_is_a_hard_fault(void **state)
{
    static const struct event_text wrong[] = {
        {NULL, 0},
        TEXT(""),
        TEXT("a b"),
        TEXT("a\nb"),
        TEXT("\xff"),
        TEXT("0123456789012345678901234567890123456789012345678901234567890123456789")
    };
    struct error error;
    struct event event = {.user_id = 7};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(wrong) * 4; ++i) {
        struct event_message message = message_of((const uint8_t *)"", 0);
        struct event_text *const headers[] = {&message.id, &message.type, &message.subject,
                                              &message.time};

        *headers[i % 4] = wrong[i / 4];
        assert_int_equal(event_read(&message, &event, &error), FAULT_HARD);
    }
    const struct event_message broken = message_of((const uint8_t *)"\xff\xff", 2);

    assert_int_equal(event_read(&broken, &event, &error), FAULT_HARD);
    assert_int_equal(event.user_id, 7);
}

static void a_type_of_a_later_version_is_passed_over(void **state)
{
    struct event_message message = message_of((const uint8_t *)"\xff\xff", 2);
    struct event event;
    struct error error;

    (void)state;
    message.type = (struct event_text)TEXT("hosting.vps.moved.v1");
    assert_int_equal(event_read(&message, &event, &error), EVENT_UNKNOWN);
}

static void types_are_found_by_their_names(void **state)
{
    size_t count = 0;

    (void)state;
    for (; event_type_at(count) != NULL; ++count)
        assert_ptr_equal(event_type_find(event_type_at(count)), event_type_at(count));
    assert_int_equal(count, 24);
    assert_null(event_type_find("hosting.vps.moved.v1"));
    assert_null(event_type_find(event_test_type));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_those_of_the_api_and_what_is_not_set_is_left_out),
        cmocka_unit_test(counts_and_money_of_zero_are_told),
        cmocka_unit_test(lists_of_ids_are_lists),
        cmocka_unit_test(a_test_names_its_endpoint),
        cmocka_unit_test(what_is_no_event_is_a_hard_fault),
        cmocka_unit_test(a_type_of_a_later_version_is_passed_over),
        cmocka_unit_test(types_are_found_by_their_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
