/* What a test's database has to sell, and how its books must stand afterwards. */
#include "tests/support/billing_writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void billing_writer_stock(const struct billing_database *database, int machines)
{
    char script[2048];

    (void)snprintf(
        script, sizeof(script),
        "INSERT INTO billing.plans VALUES ('vps-2', 0, 'VPS 2', 2, 2048, 40, 2, 1004, true),"
        " ('vps-1', 1, 'VPS 1', 1, 512, 10, 1, 502, true),"
        " ('old', 2, 'Old', 1, 512, 10, 1, 502, false);"
        "INSERT INTO billing.locations VALUES ('de', 0, 'Germany', true),"
        " ('nl', 1, 'Netherlands', true);"
        "INSERT INTO billing.operating_systems VALUES"
        " ('ubuntu-22', 0, 'Ubuntu', 1024, 10, 'none', true);"
        "INSERT INTO billing.periods VALUES (1, 0), (3, 500);"
        "INSERT INTO billing.nodes (location_code, name, uri, vcpu, ram_mb, disk_gb)"
        " SELECT 'de', 'de-' || n, 'test:///default', 2 * %d, 2048 * %d, 40 * %d"
        " FROM generate_series(1, 2) n;"
        "INSERT INTO billing.address_pools (location_code, first_address, size, prefix_length,"
        " gateway) VALUES ('de', '10.0.1.0', %d, 12, '10.0.0.1');"
        "UPDATE billing.catalog_version SET version = version + 1",
        machines, machines, machines, machines);
    billing_database_script(database, script);
}

int64_t billing_body_number(const struct billing_reply *reply, const char *name)
{
    char pattern[64];
    const char *found;

    (void)snprintf(pattern, sizeof(pattern), "\"%s\":", name);
    found = strstr(reply->body, pattern);
    assert_non_null(found);
    return strtoll(found + strlen(pattern), NULL, 10);
}

void billing_assert_books(const struct billing_database *database)
{
    static const char *const broken[] = {
        /* INV-1 */
        "SELECT sum(balance_cents)::bigint FROM billing.accounts",
        "SELECT count(*) FROM billing.accounts a WHERE balance_cents <> coalesce((SELECT"
        " sum(CASE WHEN credit_account = a.id THEN amount_cents ELSE -amount_cents END)"
        " FROM billing.transfers WHERE a.id IN (debit_account, credit_account)), 0)",
        /* INV-4 */
        "SELECT count(*) FROM billing.accounts WHERE kind = 'wallet'"
        " AND balance_cents < least(floor_cents, 0)",
        /* INV-2: in progress is what has no outcome */
        "SELECT coalesce(sum(balance_cents), 0)::bigint - (SELECT coalesce(sum(price_cents), 0)"
        " FROM billing.vps WHERE status IN ('pending', 'building'))::bigint"
        " FROM billing.accounts WHERE kind = 'in_progress'",
        "SELECT count(*) FROM billing.vps v WHERE (SELECT count(*) FROM billing.transfers t"
        " WHERE t.vps_id = v.id AND t.kind = 'purchase') <> 1",
        "SELECT count(*) FROM billing.vps v WHERE (SELECT count(*) FROM billing.transfers t"
        " WHERE t.vps_id = v.id AND t.kind IN ('capture', 'refund'))"
        " <> (v.status NOT IN ('pending', 'building'))::int",
        /* INV-9 */
        "SELECT count(*) FROM billing.deposits d FULL JOIN (SELECT * FROM billing.transfers"
        " WHERE kind = 'deposit') t ON t.id = d.id WHERE coalesce(d.credited_cents, 0)"
        " <> coalesce(t.amount_cents, 0) OR t.credit_account <> d.user_id",
        "SELECT sum(balance_cents)::bigint + (SELECT coalesce(sum(credited_cents), 0)"
        " FROM billing.deposits)::bigint FROM billing.accounts WHERE kind = 'clearing'",
        /* INV-5 */
        "SELECT count(*) FROM billing.vps JOIN billing.released_addresses USING (address)",
        "SELECT count(*) FROM billing.vps"
        " WHERE (status IN ('failed', 'deleted')) <> (address IS NULL)"
        " AND NOT (status = 'failed' AND applied_sequence < sequence)",
        "SELECT count(*) FROM billing.nodes n WHERE used_vcpu <> coalesce((SELECT sum(p.vcpu)"
        " FROM billing.vps v JOIN billing.plans p ON p.code = v.plan_code"
        " WHERE v.node_id = n.id AND (v.status NOT IN ('failed', 'deleted')"
        " OR v.address IS NOT NULL)), 0)"
        " + coalesce((SELECT sum(s.vcpu) FROM billing.node_shares s WHERE s.node_id = n.id), 0)"
        " OR used_vcpu > vcpu OR used_ram_mb > ram_mb OR used_disk_gb > disk_gb",
    };

    for (size_t i = 0; i < ARRAY_LENGTH(broken); ++i)
        if (billing_database_number(database, broken[i]) != 0)
            fail_msg("does not come out at 0: %s", broken[i]);
}
