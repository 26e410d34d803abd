/* What a migration makes of the rows that stand already. */
#include "services/billing/migrations.h"
#include "tests/support/billing_database.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void users_of_before_get_a_referral_code_each(void **state)
{
    struct billing_database database;

    (void)state;
    billing_database_create(&database);
    billing_database_migrate(&database, 7);
    billing_database_script(&database, "INSERT INTO billing.users (id, created_at)"
                                       " SELECT n, now() FROM generate_series(1, 1000) n;"
                                       "INSERT INTO billing.api_keys (id, key_hash, role, name,"
                                       " scopes, created_at) VALUES (1, sha256('old'), 'operator',"
                                       " 'old', '{admin:*}', now())");
    billing_database_migrate(&database, billing_migration_count);
    assert_int_equal(
        billing_database_number(&database, "SELECT count(DISTINCT referral_code) FROM billing.users"
                                           " WHERE referral_code ~ '^[0-9A-HJKMNP-TV-Z]{12}$'"),
        1000);
    assert_int_equal(
        billing_database_number(&database, "SELECT count(*) FROM billing.api_keys"
                                           " WHERE expires_at IS NULL AND allowed_addresses = '{}'"
                                           " AND rate_per_minute IS NULL"),
        1);
    billing_database_deinit(&database);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(users_of_before_get_a_referral_code_each),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
