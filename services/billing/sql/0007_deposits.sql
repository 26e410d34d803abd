-- Money that comes in: deposits by payment providers, and who brought whom.

CREATE TYPE billing.deposit_status AS ENUM
    ('creating', 'pending', 'completed', 'failed', 'expired');

CREATE TABLE billing.deposits (
    id             bigint PRIMARY KEY,
    user_id        bigint NOT NULL,
    provider       text NOT NULL,
    status         billing.deposit_status NOT NULL,
    amount_cents   bigint NOT NULL CHECK (amount_cents > 0),
    fee_cents      bigint NOT NULL CHECK (fee_cents >= 0),
    paid_cents     bigint NOT NULL DEFAULT 0 CHECK (paid_cents >= 0),
    credited_cents bigint NOT NULL DEFAULT 0 CHECK (credited_cents >= 0),
    asset          text NOT NULL,
    external_id    text,
    pay_url        text,
    address        text,
    network        text,
    memo           text,
    pay_amount     text,
    by_operator    boolean NOT NULL DEFAULT false,
    failure        text,
    key_hash       bytea CHECK (octet_length(key_hash) = 32),
    fingerprint    bytea CHECK (octet_length(fingerprint) = 32),
    lease          bigint NOT NULL,
    leased_until   timestamptz,
    tries          integer NOT NULL DEFAULT 0,
    due_at         timestamptz,
    expires_at     timestamptz,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    CHECK (status IN ('creating', 'failed') OR external_id IS NOT NULL),
    CHECK ((status = 'completed') = (credited_cents > 0)),
    CHECK ((status = 'failed') = (failure IS NOT NULL))
) WITH (fillfactor = 80);
COMMENT ON TABLE billing.deposits IS 'One row a request to pay money in. Its id is of billing.transfer_ids; the transfer that completes it has the same id. Not tied to users by a foreign key: the one writer inserts it under the wallet''s lock.';
COMMENT ON COLUMN billing.deposits.provider IS 'As the API names it: crypto, cryptobot, xrocket, lolz, sbp.';
COMMENT ON COLUMN billing.deposits.status IS 'creating: the provider has been or is being asked for an invoice; pending: it is to be paid.';
COMMENT ON COLUMN billing.deposits.amount_cents IS 'What the wallet is to get.';
COMMENT ON COLUMN billing.deposits.fee_cents IS 'Added to the invoice and kept from the wallet.';
COMMENT ON COLUMN billing.deposits.paid_cents IS 'What has arrived at the provider, the fee included, as far as we were told.';
COMMENT ON COLUMN billing.deposits.credited_cents IS 'What the wallet got: more than the amount when more was paid.';
COMMENT ON COLUMN billing.deposits.asset IS 'The coin that was asked for; empty: the provider''s choice.';
COMMENT ON COLUMN billing.deposits.external_id IS 'The provider''s id of the invoice; NULL: none is known. Our id at the provider is slipway-<id>.';
COMMENT ON COLUMN billing.deposits.address IS 'crypto: where the coins go.';
COMMENT ON COLUMN billing.deposits.memo IS 'crypto: what the network wants beside the address; coins without it are lost.';
COMMENT ON COLUMN billing.deposits.by_operator IS 'An operator has decided it; what a provider says afterwards moves nothing.';
COMMENT ON COLUMN billing.deposits.failure IS 'failed: why. refused, given_up, underpaid, provider or operator.';
COMMENT ON COLUMN billing.deposits.key_hash IS 'billing.idempotency.key_hash of the request that made it: a repeat before its answer was stored goes on with this row.';
COMMENT ON COLUMN billing.deposits.fingerprint IS 'billing.idempotency.fingerprint of that request.';
COMMENT ON COLUMN billing.deposits.lease IS 'Random: who asks the provider for the invoice.';
COMMENT ON COLUMN billing.deposits.leased_until IS 'creating: nobody else asks before; NULL or past: whoever comes may.';
COMMENT ON COLUMN billing.deposits.tries IS 'How often the provider was asked since the status last changed.';
COMMENT ON COLUMN billing.deposits.due_at IS 'When the provider is to be asked next; NULL: never.';
COMMENT ON COLUMN billing.deposits.expires_at IS 'When the invoice ends; a payment that comes later is credited all the same.';
CREATE UNIQUE INDEX deposits_by_invoice ON billing.deposits (provider, external_id);
CREATE INDEX deposits_by_key ON billing.deposits (key_hash) WHERE external_id IS NULL;
CREATE INDEX deposits_by_due ON billing.deposits (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX deposits_listed ON billing.deposits (id)
    WHERE status IN ('pending', 'failed', 'expired');
CREATE INDEX deposits_listed_by_user ON billing.deposits (user_id, id)
    WHERE status IN ('pending', 'failed', 'expired');

ALTER TABLE billing.accounts ADD COLUMN provider text;
ALTER TABLE billing.accounts ADD CHECK ((kind = 'clearing') = (provider IS NOT NULL));
COMMENT ON COLUMN billing.accounts.provider IS 'clearing: whose. Below zero by what the provider owes us, or has paid out to us.';

ALTER TABLE billing.users ADD COLUMN referrer_id bigint REFERENCES billing.users (id);
ALTER TABLE billing.users ADD CHECK (referrer_id <> id);
COMMENT ON COLUMN billing.users.referrer_id IS 'Who invited this user and gets a part of each completed deposit; NULL: nobody.';

GRANT SELECT, INSERT, UPDATE ON billing.deposits TO slipway_billing;
