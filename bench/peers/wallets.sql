-- :wallets funded wallets, with the transfers that explain their balances, so that the audit holds.
-- Users get the ids 1 … :wallets, as a fresh schema gives them.
INSERT INTO billing.users (id, name, created_at)
SELECT nextval('billing.user_ids'), 'bench', now() FROM generate_series(1, :wallets);
INSERT INTO billing.accounts (id, kind, balance_cents)
SELECT id, 'wallet', 100000000000 FROM billing.users WHERE name = 'bench';
INSERT INTO billing.accounts (id, kind, shard, balance_cents)
SELECT -99999, 'adjustments', 99, -100000000000 * count(*) FROM billing.users WHERE name = 'bench';
INSERT INTO billing.transfers (id, debit_account, credit_account, amount_cents, kind, user_id, balance_after_cents, reason, created_at)
SELECT nextval('billing.transfer_ids'), -99999, id, 100000000000, 'adjustment', id, 100000000000, 'benchmark', now()
FROM billing.users WHERE name = 'bench';
-- What only the like-for-like peer moves.
INSERT INTO billing.accounts (id, kind, shard)
SELECT -100000 - n, 'in_progress', 99 FROM generate_series(1, 64) n;
VACUUM ANALYZE billing.users, billing.accounts, billing.transfers;
