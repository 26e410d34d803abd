-- Double entry. Cents of USD. A movement is one transfer row: the debit account gives, the credit
-- account gets. The sum of all balances is 0 (INV-1).

-- Of transfers, servers and batches: a purchased server has the number of its charge, and a batch that
-- of its first item, so that a purchase takes one number instead of three.
CREATE SEQUENCE billing.transfer_ids;

CREATE TYPE billing.account_kind AS ENUM
    ('wallet', 'in_progress', 'revenue', 'clearing', 'adjustments', 'referrals');
CREATE TYPE billing.transfer_kind AS ENUM
    ('purchase', 'renewal', 'capture', 'refund', 'deposit', 'adjustment', 'referral_bonus');

CREATE TABLE billing.accounts (
    id            bigint PRIMARY KEY,
    kind          billing.account_kind NOT NULL,
    shard         smallint,
    balance_cents bigint NOT NULL DEFAULT 0,
    floor_cents   bigint NOT NULL DEFAULT 0 CHECK (floor_cents <= 0),
    is_banned     boolean NOT NULL DEFAULT false,
    CHECK ((kind = 'wallet') = (id > 0)),
    CHECK (kind <> 'wallet' OR balance_cents >= floor_cents)
) WITH (fillfactor = 60);
COMMENT ON TABLE billing.accounts IS 'Wallets (id = the user''s id) and the system''s accounts (id < 0), split by shard of the writer.';
COMMENT ON COLUMN billing.accounts.shard IS 'System accounts: the writer that moves them. Wallets: NULL.';
COMMENT ON COLUMN billing.accounts.is_banned IS 'As billing.users says of the owner, copied by a trigger: whoever locks the wallet knows it without a second look-up.';
COMMENT ON COLUMN billing.accounts.floor_cents IS 'How low an operator has put this wallet; it can''t go below (INV-4).';

CREATE FUNCTION billing.copy_ban() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE billing.accounts SET is_banned = NEW.is_banned WHERE id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER bans_reach_the_wallet AFTER UPDATE OF is_banned ON billing.users
    FOR EACH ROW WHEN (OLD.is_banned IS DISTINCT FROM NEW.is_banned)
    EXECUTE FUNCTION billing.copy_ban();

CREATE TABLE billing.transfers (
    id                  bigint PRIMARY KEY,
    debit_account       bigint NOT NULL,
    credit_account      bigint NOT NULL,
    amount_cents        bigint NOT NULL CHECK (amount_cents > 0),
    kind                billing.transfer_kind NOT NULL,
    user_id             bigint,
    balance_after_cents bigint,
    vps_id              bigint,
    batch_id            bigint,
    reason              text,
    created_at          timestamptz NOT NULL,
    CHECK (debit_account <> credit_account)
);
COMMENT ON TABLE billing.transfers IS 'Append-only; a correction is a reversal. Accounts are not foreign keys: the writer holds their locks, and the audit recounts them.';
COMMENT ON COLUMN billing.transfers.user_id IS 'Whose list shows it; NULL: a movement inside the system (capture).';
COMMENT ON COLUMN billing.transfers.balance_after_cents IS 'The wallet after it.';
COMMENT ON COLUMN billing.transfers.batch_id IS 'billing.batches.id of what was bought.';
COMMENT ON COLUMN billing.transfers.reason IS 'Adjustments and refunds: why.';
CREATE INDEX transfers_by_user ON billing.transfers (user_id, id) WHERE user_id IS NOT NULL;

CREATE FUNCTION billing.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER transfers_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON billing.transfers
    FOR EACH STATEMENT EXECUTE FUNCTION billing.refuse_change();

GRANT SELECT, INSERT, UPDATE ON billing.accounts TO slipway_billing;
GRANT SELECT, INSERT ON billing.transfers TO slipway_billing;
GRANT USAGE ON billing.transfer_ids TO slipway_billing;
