-- The like-for-like peer: one purchase in one ordinary transaction, on billing's own schema, as one
-- would write it by hand. It claims the key, locks the wallet, moves the money, and inserts the server,
-- the batch, the stored answer and the outbox row. It is spared the placement of node and capacity,
-- and the system's account is spread over 64 rows so that no two sessions meet there.
\set wallet random(1, :wallets)
\set key random(1, 9000000000000000000)
\set spread random(1, 64)
BEGIN;
SELECT balance_cents FROM billing.accounts WHERE id = :wallet FOR NO KEY UPDATE;
INSERT INTO billing.idempotency (key_prefix, key_hash, fingerprint, answer, created_at) VALUES (:key, sha256(convert_to(:key::text, 'UTF8')), sha256(convert_to(:key::text, 'UTF8')), convert_to('{"batch_id":"checkout:1234567","accepted":1,"status":"pending"} /hosting/api/v1/batches/checkout:1234567', 'UTF8'), now());
UPDATE billing.accounts SET balance_cents = balance_cents - 1004 WHERE id = :wallet AND balance_cents >= 1004;
UPDATE billing.accounts SET balance_cents = balance_cents + 1004 WHERE id = -100000 - :spread;
INSERT INTO billing.batches (id, kind, user_id, total, created_at) VALUES (nextval('billing.transfer_ids'), 'checkout', :wallet, 1, now());
INSERT INTO billing.vps (id, user_id, batch_id, item_index, plan_code, location_code, os_code, period_months, price_cents, status, node_id, pool_id, address, sequence, created_at, updated_at, expires_at, due_at) VALUES (currval('billing.transfer_ids'), :wallet, currval('billing.transfer_ids'), 0, 'vps-2', 'de', 'ubuntu-22', 1, 1004, 'pending', 1, 1, '10.0.0.0'::inet + currval('billing.transfer_ids'), 1, now(), now(), now() + interval '1 month', now() + interval '1 month' - interval '7 days');
INSERT INTO billing.transfers (id, debit_account, credit_account, amount_cents, kind, user_id, balance_after_cents, vps_id, batch_id, created_at) VALUES (currval('billing.transfer_ids'), :wallet, -100000 - :spread, 1004, 'purchase', :wallet, 1, currval('billing.transfer_ids'), currval('billing.transfer_ids'), now());
INSERT INTO billing.outbox (id, relay_id, messages, created_at) VALUES (nextval('billing.outbox_ids'), 1, convert_to(repeat('x', 220), 'UTF8'), now());
COMMIT;
