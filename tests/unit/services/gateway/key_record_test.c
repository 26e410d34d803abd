#include "services/gateway/key_record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const int64_t noon_us = INT64_C(1788955200) * 1000000;

static bool allows(const struct key_record *key, const char *text)
{
    struct address client;

    assert_false(address_parse(text, &client));
    return key_record_allows(key, &client);
}

static struct key_record *make_bound(char **addresses, size_t count)
{
    Slipway__V1__KeyRecord record = SLIPWAY__V1__KEY_RECORD__INIT;

    record.key_id = 3;
    record.name = (char[]){"reseller acme"};
    record.role = SLIPWAY__V1__ROLE__ROLE_RESELLER;
    record.allowed_addresses = addresses;
    record.n_allowed_addresses = count;
    return key_record_new(&record);
}

static void key_without_conditions_is_good_from_everywhere_for_ever(void **state)
{
    struct key_record *key = make_bound(NULL, 0);

    (void)state;
    assert_false(key_record_is_bound(key));
    assert_true(allows(key, "203.0.113.7"));
    assert_true(allows(key, "2001:db8::1"));
    assert_false(key_record_is_expired(key, INT64_MAX));
    assert_int_equal(key_record_rate_per_minute(key), 0);
    assert_false(key_record_user_is_banned(key));
    assert_string_equal(key_record_name(key), "reseller acme");
    key_record_unref(key);
}

static void bound_key_is_good_from_its_addresses_only(void **state)
{
    char *addresses[] = {(char[]){"10.0.0.0/8"}, (char[]){"2001:db8::1"}};
    struct key_record *key = make_bound(addresses, 2);

    (void)state;
    assert_true(key_record_is_bound(key));
    assert_true(allows(key, "10.1.2.3"));
    assert_true(allows(key, "::ffff:10.1.2.3"));
    assert_true(allows(key, "2001:db8::1"));
    assert_false(allows(key, "11.1.2.3"));
    assert_false(allows(key, "2001:db8::2"));
    assert_string_equal(key_record_name(key), "reseller acme");
    key_record_unref(key);
}

static void address_that_can_not_be_read_allows_nobody(void **state)
{
    char *addresses[] = {(char[]){"what comes after this build"}};
    struct key_record *key = make_bound(addresses, 1);

    (void)state;
    assert_true(key_record_is_bound(key));
    assert_false(allows(key, "10.1.2.3"));
    assert_false(allows(key, "::1"));
    key_record_unref(key);
}

static void key_ends_at_its_time(void **state)
{
    Slipway__V1__KeyRecord record = SLIPWAY__V1__KEY_RECORD__INIT;
    struct key_record *key;

    (void)state;
    record.expires_at_us = noon_us;
    record.rate_per_minute = 600;
    record.user_is_banned = true;
    key = key_record_new(&record);
    assert_false(key_record_is_expired(key, noon_us - 1));
    assert_true(key_record_is_expired(key, noon_us));
    assert_true(key_record_is_expired(key, noon_us + 1));
    assert_int_equal(key_record_rate_per_minute(key), 600);
    assert_true(key_record_user_is_banned(key));
    key_record_unref(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_without_conditions_is_good_from_everywhere_for_ever),
        cmocka_unit_test(bound_key_is_good_from_its_addresses_only),
        cmocka_unit_test(address_that_can_not_be_read_allows_nobody),
        cmocka_unit_test(key_ends_at_its_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
