-- Who may ask: users (resellers' customers of ours) and the keys they ask with.
-- Role slipway_billing is what the service logs in as; it owns nothing.

GRANT USAGE ON SCHEMA billing TO slipway_billing;

CREATE SEQUENCE billing.user_ids;
CREATE SEQUENCE billing.key_ids;

CREATE TABLE billing.users (
    id          bigint PRIMARY KEY,
    telegram_id bigint UNIQUE,
    name        text NOT NULL DEFAULT '',
    is_banned   boolean NOT NULL DEFAULT false,
    created_at  timestamptz NOT NULL
);
COMMENT ON TABLE billing.users IS 'One row a reseller. The wallet is the account of the same id.';
COMMENT ON COLUMN billing.users.telegram_id IS 'Where Telegram notices go; NULL: nowhere.';
COMMENT ON COLUMN billing.users.is_banned IS 'Writes are refused, reads go on.';

CREATE TABLE billing.api_keys (
    id         bigint PRIMARY KEY,
    key_hash   bytea NOT NULL UNIQUE CHECK (octet_length(key_hash) = 32),
    role       text NOT NULL CHECK (role IN ('reseller', 'operator')),
    user_id    bigint REFERENCES billing.users (id),
    name       text NOT NULL,
    scopes     text[] NOT NULL,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz,
    CHECK ((role = 'reseller') = (user_id IS NOT NULL))
);
COMMENT ON TABLE billing.api_keys IS 'Keys by the hash of their text; the text is shown once and stored nowhere.';
COMMENT ON COLUMN billing.api_keys.key_hash IS 'SHA-256 of the key as sent.';
COMMENT ON COLUMN billing.api_keys.user_id IS 'A reseller key is bound to one user, an operator key to nobody.';
COMMENT ON COLUMN billing.api_keys.revoked_at IS 'NULL: valid.';
CREATE INDEX api_keys_by_user ON billing.api_keys (user_id, id);

GRANT SELECT, INSERT, UPDATE ON billing.users, billing.api_keys TO slipway_billing;
GRANT USAGE ON billing.user_ids, billing.key_ids TO slipway_billing;
