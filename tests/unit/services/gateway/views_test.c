#include "services/gateway/views.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* 2026-09-09T12:00:00Z */
static const int64_t noon_us = INT64_C(1788955200) * 1000000;

static void assert_body(struct buffer *body, const char *expected)
{
    assert_false(body->overflown);
    assert_string_equal(body->data, expected);
    buffer_deinit(body);
}

static struct key_record *make_key(Slipway__V1__Role role, char **scopes, size_t count)
{
    Slipway__V1__KeyRecord record = SLIPWAY__V1__KEY_RECORD__INIT;

    record.key_id = 3;
    record.name = (char[]){"reseller acme"};
    record.role = role;
    record.user_id = role == SLIPWAY__V1__ROLE__ROLE_RESELLER ? 42 : 0;
    record.scopes = scopes;
    record.n_scopes = count;
    return key_record_new(&record);
}

static void me_is_rendered_as_the_contract_shows(void **state)
{
    char *scopes[] = {(char[]){"vps:read"}};
    struct key_record *key = make_key(SLIPWAY__V1__ROLE__ROLE_RESELLER, scopes, 1);
    Slipway__V1__User user = SLIPWAY__V1__USER__INIT;
    struct buffer body = {0};

    (void)state;
    user.user_id = 42;
    user.telegram_id = 666971555;
    user.balance_cents = 1250;
    view_me(&body, key, &user);
    assert_body(&body,
                "{\"principal\":{\"key_id\":3,\"name\":\"reseller acme\",\"role\":\"reseller\","
                "\"scopes\":[\"vps:read\"],\"user_id\":42},\"user\":{\"id\":42,"
                "\"telegram_id\":666971555,\"balance_usd\":\"12.50\",\"is_banned\":false}}");
    view_balance(&body, &user);
    assert_body(&body, "{\"user_id\":42,\"balance_usd\":\"12.50\"}");
    key_record_unref(key);
}

static void operator_without_a_user_holds_every_scope(void **state)
{
    struct key_record *key = make_key(SLIPWAY__V1__ROLE__ROLE_OPERATOR, NULL, 0);
    struct buffer body = {0};

    (void)state;
    view_me(&body, key, NULL);
    assert_body(&body,
                "{\"principal\":{\"key_id\":3,\"name\":\"reseller acme\",\"role\":\"operator\","
                "\"scopes\":[\"vps:read\",\"vps:write\",\"vps:buy\",\"deposits:write\","
                "\"admin:*\"],\"user_id\":null},\"user\":null}");
    key_record_unref(key);
}

static void a_reseller_key_never_holds_admin(void **state)
{
    char *scopes[] = {(char[]){"admin:*"}, (char[]){"vps:buy"}, (char[]){"vps:paint"}};
    struct key_record *key = make_key(SLIPWAY__V1__ROLE__ROLE_RESELLER, scopes, 3);

    (void)state;
    assert_int_equal(key_record_scopes(key), SCOPE_VPS_BUY);
    key_record_unref(key);
}

static void quote_is_rendered_as_the_contract_shows(void **state)
{
    Slipway__V1__Quote quote = SLIPWAY__V1__QUOTE__INIT;
    struct buffer body = {0};

    (void)state;
    quote.plan_code = (char[]){"vps-2"};
    quote.period_months = 3;
    quote.os_code = (char[]){"ubuntu-22"};
    quote.price_cents = 2861;
    quote.os_supported = true;
    view_quote(&body, &quote);
    assert_body(&body, "{\"plan_code\":\"vps-2\",\"period_months\":3,\"os_code\":\"ubuntu-22\","
                       "\"price_usd\":\"28.61\",\"os_supported\":true}");
}

static void a_finished_power_action_is_rendered_as_the_contract_shows(void **state)
{
    Slipway__V1__Vps vps = SLIPWAY__V1__VPS__INIT;
    struct buffer body = {0};

    (void)state;
    vps.vps_id = 77;
    vps.power_state = (char[]){"running"};
    view_power(&body, &vps, "reboot");
    assert_body(&body, "{\"vps_id\":77,\"action\":\"reboot\",\"status\":\"completed\","
                       "\"power_state\":\"running\"}");
}

static void a_new_password_is_rendered_as_the_contract_shows(void **state)
{
    Slipway__V1__Credentials credentials = SLIPWAY__V1__CREDENTIALS__INIT;
    struct buffer body = {0};

    (void)state;
    credentials.vps_id = 77;
    credentials.login = (char[]){"root"};
    view_password(&body, &credentials, "s3cret");
    assert_body(&body, "{\"vps_id\":77,\"login\":\"root\",\"password\":\"s3cret\"}");
}

static void transaction_is_rendered_as_the_contract_shows(void **state)
{
    Slipway__V1__Transaction transaction = SLIPWAY__V1__TRANSACTION__INIT;
    struct buffer body = {0};

    (void)state;
    transaction.id = 9001;
    transaction.user_id = 42;
    transaction.type = (char[]){"purchase"};
    transaction.amount_cents = -2861;
    transaction.balance_after_cents = 1250;
    transaction.status = (char[]){"completed"};
    transaction.created_at_us = noon_us;
    transaction.batch_id = (char[]){"checkout:5678"};
    transaction.vps_id = 77;
    view_transaction(&body, &transaction);
    assert_body(&body,
                "{\"id\":9001,\"user_id\":42,\"type\":\"purchase\",\"amount_usd\":\"-28.61\","
                "\"balance_after_usd\":\"12.50\",\"status\":\"completed\","
                "\"created_at\":\"2026-09-09T12:00:00Z\",\"batch_id\":\"checkout:5678\","
                "\"vps_id\":77}");
}

static void card_is_rendered_as_the_contract_shows(void **state)
{
    Slipway__V1__Vps vps = SLIPWAY__V1__VPS__INIT;
    struct buffer body = {0};

    (void)state;
    vps.vps_id = 77;
    vps.user_id = 42;
    vps.plan_code = (char[]){"vps-2"};
    vps.location_code = (char[]){"de"};
    vps.os_code = (char[]){"ubuntu-22"};
    vps.status = (char[]){"active"};
    vps.power_state = (char[]){"running"};
    vps.address = (char[]){"192.0.2.7"};
    vps.created_at_us = noon_us;
    vps.expires_at_us = noon_us;
    view_vps(&body, &vps);
    assert_body(&body,
                "{\"id\":77,\"user_id\":42,\"plan_code\":\"vps-2\",\"location_code\":\"de\","
                "\"os_code\":\"ubuntu-22\",\"status\":\"active\",\"power_state\":\"running\","
                "\"ip\":\"192.0.2.7\",\"created_at\":\"2026-09-09T12:00:00Z\","
                "\"expires_at\":\"2026-09-09T12:00:00Z\"}");
}

static void status_of_many_is_rendered_as_the_contract_shows(void **state)
{
    Slipway__V1__Vps vps = SLIPWAY__V1__VPS__INIT;
    Slipway__V1__VpsCard cards[] = {SLIPWAY__V1__VPS_CARD__INIT, SLIPWAY__V1__VPS_CARD__INIT};
    Slipway__V1__VpsCardList list = SLIPWAY__V1__VPS_CARD_LIST__INIT;
    struct buffer body = {0};

    (void)state;
    vps.vps_id = cards[0].vps_id = 77;
    vps.user_id = 42;
    vps.plan_code = (char[]){"vps-2"};
    vps.location_code = (char[]){"de"};
    vps.os_code = (char[]){"ubuntu-22"};
    vps.status = (char[]){"suspended"};
    vps.power_state = (char[]){"stopped"};
    vps.created_at_us = vps.expires_at_us = noon_us;
    cards[0].vps = &vps;
    cards[1].vps_id = 99;
    list.n_cards = 2;
    list.cards = (Slipway__V1__VpsCard *[]){&cards[0], &cards[1]};
    view_vps_status(&body, &list);
    assert_body(&body,
                "{\"results\":[{\"index\":0,\"vps_id\":77,\"ok\":true,\"data\":{\"id\":77,"
                "\"user_id\":42,\"plan_code\":\"vps-2\",\"location_code\":\"de\","
                "\"os_code\":\"ubuntu-22\",\"status\":\"suspended\","
                "\"power_state\":\"stopped\",\"ip\":null,"
                "\"created_at\":\"2026-09-09T12:00:00Z\","
                "\"expires_at\":\"2026-09-09T12:00:00Z\"}},"
                "{\"index\":1,\"vps_id\":99,\"ok\":false,\"error\":{\"code\":\"not_found\","
                "\"detail\":\"There is no such resource.\"}}],\"succeeded\":1,\"failed\":1}");
}

static void catalog_is_rendered_as_the_contract_shows(void **state)
{
    Slipway__V1__Plan plan = SLIPWAY__V1__PLAN__INIT;
    Slipway__V1__Location location = SLIPWAY__V1__LOCATION__INIT;
    Slipway__V1__OperatingSystem system = SLIPWAY__V1__OPERATING_SYSTEM__INIT;
    Slipway__V1__Period period = SLIPWAY__V1__PERIOD__INIT;
    Slipway__V1__Catalog catalog = SLIPWAY__V1__CATALOG__INIT;
    struct buffer body = {0};

    (void)state;
    plan = (Slipway__V1__Plan){
        plan.base, (char[]){"vps-2"}, (char[]){"Two \"fast\" cores"}, 2, 2048, 40, 2, 1004, true};
    location = (Slipway__V1__Location){location.base, (char[]){"de"}, (char[]){"Germany"}, true};
    system = (Slipway__V1__OperatingSystem){system.base, (char[]){"ubuntu-22"},
                                            (char[]){"Ubuntu 22.04"}, 1024, 10};
    period = (Slipway__V1__Period){period.base, 3, 500};
    catalog.n_plans = catalog.n_locations = catalog.n_operating_systems = catalog.n_periods = 1;
    catalog.plans = (Slipway__V1__Plan *[]){&plan};
    catalog.locations = (Slipway__V1__Location *[]){&location};
    catalog.operating_systems = (Slipway__V1__OperatingSystem *[]){&system};
    catalog.periods = (Slipway__V1__Period *[]){&period};
    view_catalog(&body, &catalog);
    assert_body(&body, "{\"plans\":[{\"code\":\"vps-2\",\"name\":\"Two \\\"fast\\\" cores\","
                       "\"vcpu\":2,\"ram_mb\":2048,\"disk_gb\":40,\"traffic_tb\":2,"
                       "\"price_usd_month\":\"10.04\",\"available\":true}],"
                       "\"locations\":[{\"code\":\"de\",\"name\":\"Germany\",\"available\":true}],"
                       "\"os\":[{\"code\":\"ubuntu-22\",\"name\":\"Ubuntu 22.04\","
                       "\"min_ram_mb\":1024,\"min_disk_gb\":10}],"
                       "\"periods\":[{\"months\":3,\"discount_percent\":\"5.00\"}]}");
}

static void audit_is_rendered_as_the_contract_shows(void **state)
{
    Slipway__V1__LedgerAudit audit = SLIPWAY__V1__LEDGER_AUDIT__INIT;
    struct buffer body = {0};

    (void)state;
    audit.balanced = true;
    audit.in_progress_cents = 1004;
    audit.checked_at_us = noon_us;
    view_audit(&body, &audit);
    assert_body(&body, "{\"balanced\":true,\"sum_cents\":0,\"negative_wallets\":0,"
                       "\"in_progress_usd\":\"10.04\",\"checked_at\":\"2026-09-09T12:00:00Z\"}");
}

static void operators_see_users_and_keys(void **state)
{
    Slipway__V1__User user = SLIPWAY__V1__USER__INIT;
    Slipway__V1__KeyRecord key = SLIPWAY__V1__KEY_RECORD__INIT;
    struct buffer body = {0};

    (void)state;
    user.user_id = 42;
    user.name = (char[]){"acme"};
    user.created_at_us = noon_us;
    view_user(&body, &user);
    assert_body(&body, "{\"id\":42,\"telegram_id\":null,\"name\":\"acme\",\"balance_usd\":\"0.00\","
                       "\"is_banned\":false,\"created_at\":\"2026-09-09T12:00:00Z\","
                       "\"referrer_id\":null}");
    key.key_id = 3;
    key.name = (char[]){"ops"};
    key.role = SLIPWAY__V1__ROLE__ROLE_OPERATOR;
    key.created_at_us = noon_us;
    view_key(&body, &key);
    assert_body(&body, "{\"id\":3,\"name\":\"ops\",\"role\":\"operator\",\"user_id\":null,"
                       "\"scopes\":[],\"revoked\":false,\"created_at\":\"2026-09-09T12:00:00Z\","
                       "\"expires_at\":null,\"allowed_addresses\":[],\"rate_per_minute\":null}");
    key.expires_at_us = noon_us;
    key.n_allowed_addresses = 1;
    key.allowed_addresses = (char *[]){(char[]){"10.0.0.0/8"}};
    key.rate_per_minute = 600;
    view_key(&body, &key);
    assert_body(&body, "{\"id\":3,\"name\":\"ops\",\"role\":\"operator\",\"user_id\":null,"
                       "\"scopes\":[],\"revoked\":false,\"created_at\":\"2026-09-09T12:00:00Z\","
                       "\"expires_at\":\"2026-09-09T12:00:00Z\","
                       "\"allowed_addresses\":[\"10.0.0.0/8\"],\"rate_per_minute\":600}");
}

static void referrals_are_rendered_as_the_contract_shows(void **state)
{
    Slipway__V1__Referrals referrals = SLIPWAY__V1__REFERRALS__INIT;
    struct buffer body = {0};

    (void)state;
    referrals.user_id = 42;
    referrals.code = (char[]){"7ZQK3M9A0XWF"};
    referrals.basis_points = 500;
    referrals.invited = 3;
    referrals.active = 2;
    referrals.earned_cents = 125;
    view_referrals(&body, &referrals);
    assert_body(&body, "{\"user_id\":42,\"code\":\"7ZQK3M9A0XWF\",\"percent\":\"5.00\","
                       "\"invited\":3,\"active\":2,\"earned_usd\":\"1.25\"}");
}

static void act_of_an_operator_is_rendered_as_the_contract_shows(void **state)
{
    Slipway__V1__OperatorAct act = SLIPWAY__V1__OPERATOR_ACT__INIT;
    struct buffer body = {0};

    (void)state;
    act.id = 5;
    act.at_us = noon_us;
    act.action = (char[]){"load_catalog"};
    view_operator_act(&body, &act);
    assert_body(&body, "{\"id\":5,\"at\":\"2026-09-09T12:00:00Z\",\"key_id\":null,"
                       "\"action\":\"load_catalog\",\"user_id\":null,\"target\":null,"
                       "\"reason\":null,\"request_id\":null}");
    act.key_id = 3;
    act.action = (char[]){"adjust_balance"};
    act.user_id = 42;
    act.target = (char[]){"transaction:9003"};
    act.reason = (char[]){"a \"gift\""};
    act.request_id = (char[]){"01JD"};
    view_operator_act(&body, &act);
    assert_body(&body, "{\"id\":5,\"at\":\"2026-09-09T12:00:00Z\",\"key_id\":3,"
                       "\"action\":\"adjust_balance\",\"user_id\":42,"
                       "\"target\":\"transaction:9003\",\"reason\":\"a \\\"gift\\\"\","
                       "\"request_id\":\"01JD\"}");
}

static void credentials_are_rendered_as_the_contract_shows(void **state)
{
    Slipway__V1__Credentials credentials = SLIPWAY__V1__CREDENTIALS__INIT;
    struct buffer body = {0};

    (void)state;
    credentials.vps_id = 77;
    credentials.address = (char[]){"192.0.2.7"};
    credentials.port = 22;
    credentials.login = (char[]){"root"};
    view_credentials(&body, &credentials, "s3cret");
    assert_body(&body, "{\"vps_id\":77,\"ip\":\"192.0.2.7\",\"port\":22,\"login\":\"root\","
                       "\"password\":\"s3cret\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(me_is_rendered_as_the_contract_shows),
        cmocka_unit_test(operator_without_a_user_holds_every_scope),
        cmocka_unit_test(a_reseller_key_never_holds_admin),
        cmocka_unit_test(quote_is_rendered_as_the_contract_shows),
        cmocka_unit_test(a_finished_power_action_is_rendered_as_the_contract_shows),
        cmocka_unit_test(a_new_password_is_rendered_as_the_contract_shows),
        cmocka_unit_test(transaction_is_rendered_as_the_contract_shows),
        cmocka_unit_test(card_is_rendered_as_the_contract_shows),
        cmocka_unit_test(status_of_many_is_rendered_as_the_contract_shows),
        cmocka_unit_test(catalog_is_rendered_as_the_contract_shows),
        cmocka_unit_test(audit_is_rendered_as_the_contract_shows),
        cmocka_unit_test(operators_see_users_and_keys),
        cmocka_unit_test(referrals_are_rendered_as_the_contract_shows),
        cmocka_unit_test(act_of_an_operator_is_rendered_as_the_contract_shows),
        cmocka_unit_test(credentials_are_rendered_as_the_contract_shows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
