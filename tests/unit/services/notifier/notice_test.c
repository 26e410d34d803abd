#include "services/notifier/notice.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const char body[] =
    "{\"type\":\"hosting.vps.failed.v1\",\"data\":{\"vps_id\":77,\"plan_code\":\"vps-2\","
    "\"error_detail\":\"<no> & \\\"x\\\"\\r\\n{{ip}}\"}}";

static void every_notice_has_its_words_in_every_language(void **state)
{
    static const char *const languages[] = {"en", "ru"};

    (void)state;
    for (size_t i = 0; i < (size_t)NOTICE_COUNT * 2; ++i) {
        CLEANUP(notice_text_deinit) struct notice_text text = {.subject = {0}};

        assert_false(notice_write(notice_kinds[i / 2].name, languages[i % 2], body, &text));
        assert_true(text.subject.length > 8);
        assert_null(strstr(text.subject.data, "{{"));
        assert_null(strchr(text.subject.data, '\n'));
        assert_null(strstr(text.html.data, "{{subject"));
        assert_non_null(strstr(text.html.data, "<p>"));
        assert_ptr_equal(notice_find(notice_kinds[i / 2].name), &notice_kinds[i / 2]);
        assert_non_null(event_type_find(notice_kinds[i / 2].event_type));
    }
}

static void what_an_event_says_is_text_and_never_markup(void **state)
{
    CLEANUP(notice_text_deinit) struct notice_text text = {.subject = {0}};

    (void)state;
    assert_false(notice_write("build_failed", "en", body, &text));
    assert_string_equal(text.subject.data, "Server 77 could not be built");
    assert_non_null(strstr(text.plain.data, "<no> & \"x\"\r\n{{ip}}"));
    assert_non_null(strstr(text.html.data, "&lt;no&gt; &amp; &quot;x&quot;"));
    assert_null(strstr(text.html.data, "<no>"));
    /* os_code is not in the body. */
    assert_non_null(strstr(text.plain.data, "(vps-2, -)"));
}

static void what_can_not_be_written_is_told(void **state)
{
    CLEANUP(notice_text_deinit) struct notice_text text = {.subject = {0}};

    (void)state;
    assert_true(notice_write("nothing", "en", body, &text));
    assert_true(notice_write("expiring", "xx", body, &text));
    assert_true(notice_write("expiring", "en", "{\"data\":", &text));
    assert_true(notice_write("expiring", "en", "{}", &text));
    assert_null(notice_find("nothing"));
    assert_true(notice_language_is_known("ru"));
    assert_false(notice_language_is_known("xx"));
}

static struct notice_choice choice_of(const char *type, ProtobufCMessage *data)
{
    const struct event event = {.type = event_type_find(type), .data = data};

    return notice_of_event(&event);
}

static void events_lead_to_their_notices(void **state)
{
    Slipway__V1__VpsEvent vps = SLIPWAY__V1__VPS_EVENT__INIT;
    Slipway__V1__WebhookEvent webhook = SLIPWAY__V1__WEBHOOK_EVENT__INIT;
    struct notice_choice choice = choice_of("hosting.vps.active.v1", &vps.base);

    (void)state;
    assert_string_equal(choice.first->name, "server_ready");
    assert_null(choice.second);
    choice = choice_of("hosting.webhook.disabled.v1", &webhook.base);
    assert_string_equal(choice.first->name, "webhook_off");
    choice = choice_of("hosting.vps.building.v1", &vps.base);
    assert_null(choice.first);
}

static void a_server_that_ends_is_told_of_by_what_the_wallet_lacks(void **state)
{
    Slipway__V1__VpsEvent vps = SLIPWAY__V1__VPS_EVENT__INIT;
    Slipway__V1__WebhookEvent webhook = SLIPWAY__V1__WEBHOOK_EVENT__INIT;
    struct notice_choice choice = choice_of("hosting.vps.expiring.v1", &vps.base);

    (void)state;
    assert_string_equal(choice.first->name, "expiring");
    assert_null(choice.second);
    vps.shortfall_cents = 1;
    choice = choice_of("hosting.vps.expiring.v1", &vps.base);
    assert_string_equal(choice.first->name, "balance_low");
    assert_string_equal(choice.second->name, "expiring");
    /* A message of another kind under that name says nothing of a wallet. */
    choice = choice_of("hosting.vps.expiring.v1", &webhook.base);
    assert_string_equal(choice.first->name, "expiring");
}

static void an_address_is_one_plain_mailbox(void **state)
{
    static const char *const good[] = {"a@b.example", "a.b+c@d-e.example", "o'x@b.example"};
    static const char *const bad[] = {"",
                                      "a",
                                      "@b.example",
                                      "a@",
                                      "a@b",
                                      "a@@b.example",
                                      "a@b.example,c@d.example",
                                      "a b@c.example",
                                      "a@b.example\r\nBcc: c@d.example",
                                      "<a@b.example>",
                                      "\"a\"@b.example",
                                      "a@.b.example",
                                      "a@b.example.",
                                      "a..b@c.example",
                                      "a@b_c.example",
                                      "a@[127.0.0.1]",
                                      "\xd1\x84@b.example"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(good); ++i)
        assert_true(mail_address_is_valid(good[i]));
    for (size_t i = 0; i < ARRAY_LENGTH(bad); ++i)
        assert_false(mail_address_is_valid(bad[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_notice_has_its_words_in_every_language),
        cmocka_unit_test(what_an_event_says_is_text_and_never_markup),
        cmocka_unit_test(what_can_not_be_written_is_told),
        cmocka_unit_test(events_lead_to_their_notices),
        cmocka_unit_test(a_server_that_ends_is_told_of_by_what_the_wallet_lacks),
        cmocka_unit_test(an_address_is_one_plain_mailbox),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
