-- What operators rule: who was invited by whom, what a key may, and the log of what they did.

CREATE FUNCTION billing.make_referral_code() RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT string_agg(
        substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', (get_byte(drawn.bytes, place) & 31) + 1, 1), '')
    FROM (SELECT uuid_send(gen_random_uuid()) AS bytes) AS drawn,
         -- Not the two bytes that hold the version and the variant.
         unnest('{0,1,2,3,4,5,9,10,11,12,13,14}'::integer[]) AS place
$$;
COMMENT ON FUNCTION billing.make_referral_code() IS '60 random bits in Crockford''s base32. Twice the same among a million users: once in two million such copies; then the one command that met it fails and can be sent again.';

-- The default is evaluated for each row that is there already.
ALTER TABLE billing.users
    ADD COLUMN referral_code text NOT NULL DEFAULT billing.make_referral_code() UNIQUE
        CHECK (referral_code ~ '^[0-9A-HJKMNP-TV-Z]{12}$'),
    ADD CONSTRAINT users_referrer_came_before CHECK (referrer_id < id);
COMMENT ON COLUMN billing.users.referrer_id IS 'Who invited the user and gets a share of its deposits; NULL: nobody. Was there before it, so nobody invites itself, not over others either.';
COMMENT ON COLUMN billing.users.referral_code IS 'What a new user names to be counted as invited by this one. Never changes.';
CREATE INDEX users_by_referrer ON billing.users (referrer_id) WHERE referrer_id IS NOT NULL;
CREATE INDEX transfers_of_referrals ON billing.transfers (user_id, kind) INCLUDE (amount_cents)
    WHERE kind IN ('deposit', 'referral_bonus');

ALTER TABLE billing.api_keys
    ADD COLUMN expires_at timestamptz,
    ADD COLUMN allowed_addresses inet[] NOT NULL DEFAULT '{}'
        CHECK (cardinality(allowed_addresses) <= 32),
    ADD COLUMN rate_per_minute integer CHECK (rate_per_minute BETWEEN 1 AND 1000000);
COMMENT ON COLUMN billing.api_keys.expires_at IS 'NULL: never.';
COMMENT ON COLUMN billing.api_keys.allowed_addresses IS 'From where it may be used; none: from everywhere.';
COMMENT ON COLUMN billing.api_keys.rate_per_minute IS 'Requests; NULL: as many as the gateways grant everybody.';

CREATE SEQUENCE billing.operator_log_ids;
CREATE TABLE billing.operator_log (
    id         bigint PRIMARY KEY DEFAULT nextval('billing.operator_log_ids'),
    at         timestamptz NOT NULL,
    key_id     bigint,
    action     text NOT NULL,
    user_id    bigint,
    target     text,
    reason     text,
    detail     text,
    request_id text
);
COMMENT ON TABLE billing.operator_log IS 'Append-only: one row an act that changed something, written with the change. No secret is in it.';
COMMENT ON COLUMN billing.operator_log.key_id IS 'The operator''s key, billing.api_keys.id; NULL: done on the command line.';
COMMENT ON COLUMN billing.operator_log.action IS 'The command: ban_user, adjust_balance, purchase and so on';
COMMENT ON COLUMN billing.operator_log.user_id IS 'Whom it was done to, or for; NULL: nobody.';
COMMENT ON COLUMN billing.operator_log.target IS 'What came of it or was changed: transaction:9003, key:3, checkout:5678.';
COMMENT ON COLUMN billing.operator_log.reason IS 'Why, in the operator''s words.';
COMMENT ON COLUMN billing.operator_log.detail IS 'How much, or what rights.';
CREATE INDEX operator_log_by_user ON billing.operator_log (user_id, id) WHERE user_id IS NOT NULL;
CREATE INDEX operator_log_by_key ON billing.operator_log (key_id, id) WHERE key_id IS NOT NULL;
CREATE INDEX operator_log_by_action ON billing.operator_log (action, id);
CREATE TRIGGER operator_log_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON billing.operator_log FOR EACH STATEMENT EXECUTE FUNCTION billing.refuse_change();

GRANT SELECT, INSERT ON billing.operator_log TO slipway_billing;
GRANT USAGE ON billing.operator_log_ids TO slipway_billing;
-- Who invited whom, and by which code, stays as it was written.
REVOKE UPDATE ON billing.users FROM slipway_billing;
GRANT UPDATE (telegram_id, name, is_banned) ON billing.users TO slipway_billing;
