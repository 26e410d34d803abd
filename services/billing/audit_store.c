#include "services/billing/audit_store.h"

/* One statement is one snapshot: what is in work meanwhile can't look like a difference. */
static const struct pg_statement recount = {
    "audit_recount",
    "WITH moved AS ("
    "  SELECT account, sum(cents) AS cents FROM ("
    "     SELECT debit_account AS account, -sum(amount_cents) AS cents"
    "       FROM billing.transfers GROUP BY debit_account"
    "     UNION ALL SELECT credit_account, sum(amount_cents)"
    "       FROM billing.transfers GROUP BY credit_account) sides"
    "   GROUP BY account),"
    " outcomes AS ("
    "  SELECT vps_id, count(*) FILTER (WHERE kind = 'capture') AS captures,"
    "         count(*) FILTER (WHERE kind = 'refund') AS refunds"
    "    FROM billing.transfers"
    "   WHERE vps_id IS NOT NULL AND kind IN ('capture', 'refund') GROUP BY vps_id)"
    " SELECT"
    "  (SELECT coalesce(sum(balance_cents), 0)::bigint FROM billing.accounts),"
    "  (SELECT count(*) FROM billing.accounts a FULL JOIN moved m ON m.account = a.id"
    "    WHERE a.balance_cents IS DISTINCT FROM coalesce(m.cents, 0)),"
    "  (SELECT count(*) FROM billing.vps v LEFT JOIN outcomes o ON o.vps_id = v.id"
    "    WHERE v.price_cents > 0 AND (coalesce(o.captures, 0), coalesce(o.refunds, 0)) <>"
    "          CASE WHEN v.status IN ('pending', 'building') THEN (0::bigint, 0::bigint)"
    "               WHEN v.status = 'failed' THEN (0::bigint, 1::bigint)"
    "               ELSE (1::bigint, 0::bigint) END),"
    "  (SELECT count(*) FROM billing.accounts"
    "    WHERE kind = 'wallet' AND balance_cents < floor_cents),"
    "  (SELECT coalesce(sum(balance_cents), 0)::bigint FROM billing.accounts"
    "    WHERE kind = 'in_progress'),"
    "  (SELECT coalesce(sum(price_cents), 0)::bigint FROM billing.vps"
    "    WHERE status IN ('pending', 'building')),"
    "  (SELECT count(*) FROM (SELECT address FROM billing.vps WHERE address IS NOT NULL"
    "                         GROUP BY address HAVING count(*) > 1) twice)"
    "  + (SELECT count(*) FROM billing.vps v JOIN billing.released_addresses r"
    "         ON r.address = v.address)"
    "  + (SELECT count(*) FROM billing.vps"
    /* A failed one keeps it until its node, which did not answer, has carried out the removal. */
    "      WHERE (status IN ('failed', 'deleted')) <> (address IS NULL)"
    "        AND NOT (status = 'failed' AND applied_sequence < sequence)),"
    "  (SELECT count(*) FROM (SELECT * FROM billing.deposits WHERE status = 'completed') d"
    "    FULL JOIN (SELECT t.*, a.provider FROM billing.transfers t"
    "                 LEFT JOIN billing.accounts a ON a.id = t.debit_account"
    "                WHERE t.kind = 'deposit') t ON t.id = d.id"
    "    WHERE (d.user_id, d.user_id, d.credited_cents, d.provider) IS DISTINCT FROM"
    "          (t.user_id, t.credit_account, t.amount_cents, t.provider))"};

const struct pg_statement *audit_store_ask(void)
{
    return &recount;
}

void audit_store_row(const struct pg_rows *rows, struct ledger_audit *ret_audit)
{
    *ret_audit = (struct ledger_audit){
        .sum_cents = pg_rows_i64(rows, 0, 0),
        .unequal_accounts = pg_rows_i64(rows, 0, 1),
        .wrong_outcomes = pg_rows_i64(rows, 0, 2),
        .negative_wallets = pg_rows_i64(rows, 0, 3),
        .in_progress_cents = pg_rows_i64(rows, 0, 4),
        .unfinished_cents = pg_rows_i64(rows, 0, 5),
        .wrong_addresses = pg_rows_i64(rows, 0, 6),
        .wrong_deposits = pg_rows_i64(rows, 0, 7),
    };
}

bool ledger_audit_is_balanced(const struct ledger_audit *audit)
{
    return audit->sum_cents == 0 && audit->unequal_accounts == 0 && audit->wrong_outcomes == 0 &&
           audit->negative_wallets == 0 && audit->in_progress_cents == audit->unfinished_cents &&
           audit->wrong_addresses == 0 && audit->wrong_deposits == 0;
}
