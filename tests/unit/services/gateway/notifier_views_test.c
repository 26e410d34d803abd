/* Endpoints, deliveries and preferences as the API shows them. */
#include "services/gateway/views.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const int64_t noon_us = INT64_C(1781006400000000); /* 2026-06-09T12:00:00Z */

static void a_secret_is_shown_only_where_there_is_one(void **state)
{
    CLEANUP(buffer_deinit) struct buffer body = {0};
    Slipway__V1__Endpoint endpoint = SLIPWAY__V1__ENDPOINT__INIT;
    char *events[] = {(char[]){"hosting.vps.active.v1"}};

    (void)state;
    endpoint.endpoint_id = 5;
    endpoint.user_id = 42;
    endpoint.url = (char[]){"https://a.example/"};
    endpoint.n_events = 1;
    endpoint.events = events;
    endpoint.status = (char[]){"enabled"};
    endpoint.created_at_us = noon_us;
    view_webhook(&body, &endpoint);
    assert_string_equal(body.data, "{\"id\":5,\"user_id\":42,\"url\":\"https://a.example/\","
                                   "\"events\":[\"hosting.vps.active.v1\"],\"status\":\"enabled\","
                                   "\"created_at\":\"2026-06-09T12:00:00Z\"}");
    buffer_deinit(&body);
    endpoint.n_events = 0;
    endpoint.status = (char[]){"disabled"};
    endpoint.disabled_reason = (char[]){"gone"};
    endpoint.previous_ends_at_us = noon_us;
    endpoint.secret = (char[]){"whsec_x"};
    view_webhook(&body, &endpoint);
    assert_string_equal(body.data, "{\"id\":5,\"user_id\":42,\"url\":\"https://a.example/\","
                                   "\"events\":[],\"status\":\"disabled\","
                                   "\"disabled_reason\":\"gone\","
                                   "\"created_at\":\"2026-06-09T12:00:00Z\","
                                   "\"previous_secret_ends_at\":\"2026-06-09T12:00:00Z\","
                                   "\"secret\":\"whsec_x\"}");
}

static void what_a_delivery_does_not_have_is_null(void **state)
{
    CLEANUP(buffer_deinit) struct buffer body = {0};
    Slipway__V1__Delivery delivery = SLIPWAY__V1__DELIVERY__INIT;

    (void)state;
    delivery.delivery_id = 70;
    delivery.event_id = (char[]){"3f0c"};
    delivery.event_type = (char[]){"hosting.vps.active.v1"};
    delivery.status = (char[]){"pending"};
    delivery.created_at_us = noon_us;
    view_webhook_delivery(&body, &delivery);
    assert_string_equal(body.data, "{\"id\":70,\"event_id\":\"3f0c\","
                                   "\"type\":\"hosting.vps.active.v1\",\"status\":\"pending\","
                                   "\"attempts\":0,\"last_status\":null,\"last_error\":null,"
                                   "\"created_at\":\"2026-06-09T12:00:00Z\","
                                   "\"last_attempt_at\":null,\"next_attempt_at\":null}");
    buffer_deinit(&body);
    delivery.attempts = 2;
    delivery.last_status = 500;
    delivery.last_error = (char[]){"no"};
    delivery.last_attempt_at_us = delivery.next_attempt_at_us = noon_us;
    view_webhook_delivery(&body, &delivery);
    assert_non_null(strstr(body.data, "\"attempts\":2,\"last_status\":500,\"last_error\":\"no\","));
    assert_non_null(strstr(body.data, "\"last_attempt_at\":\"2026-06-09T12:00:00Z\","
                                      "\"next_attempt_at\":\"2026-06-09T12:00:00Z\"}"));
}

static void preferences_name_every_notice(void **state)
{
    CLEANUP(buffer_deinit) struct buffer body = {0};
    Slipway__V1__Preferences preferences = SLIPWAY__V1__PREFERENCES__INIT;
    Slipway__V1__NoticeChoice choice = SLIPWAY__V1__NOTICE_CHOICE__INIT;
    Slipway__V1__NoticeChoice *choices[] = {&choice};

    (void)state;
    choice.notice = (char[]){"expiring"};
    choice.email = true;
    preferences.user_id = 42;
    preferences.language = (char[]){"en"};
    preferences.n_choices = 1;
    preferences.choices = choices;
    view_notification(&body, &preferences);
    assert_string_equal(body.data, "{\"user_id\":42,\"email\":null,\"language\":\"en\","
                                   "\"telegram_id\":null,\"notices\":{\"expiring\":"
                                   "{\"email\":true,\"telegram\":false}}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_secret_is_shown_only_where_there_is_one),
        cmocka_unit_test(what_a_delivery_does_not_have_is_null),
        cmocka_unit_test(preferences_name_every_notice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
