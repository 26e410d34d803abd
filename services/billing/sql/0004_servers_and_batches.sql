-- The register of servers, and the batches that customers watch.

CREATE TYPE billing.vps_status AS ENUM
    ('pending', 'building', 'active', 'suspended', 'reinstalling', 'deleting', 'deleted', 'failed');
CREATE TYPE billing.power_state AS ENUM ('unknown', 'running', 'stopped', 'missing');
CREATE TYPE billing.batch_kind AS ENUM ('checkout', 'renewal', 'power', 'reinstall', 'delete');

CREATE TABLE billing.batches (
    id         bigint PRIMARY KEY,
    kind       billing.batch_kind NOT NULL,
    user_id    bigint NOT NULL,
    total      integer NOT NULL CHECK (total > 0),
    created_at timestamptz NOT NULL
);
COMMENT ON TABLE billing.batches IS 'One accepted request. Its public id is "<kind>:<id>"; the items of a checkout are the servers that name it.';

CREATE TABLE billing.vps (
    id               bigint PRIMARY KEY,
    user_id          bigint NOT NULL,
    batch_id         bigint NOT NULL,
    item_index       integer NOT NULL,
    plan_code        text NOT NULL,
    location_code    text NOT NULL,
    os_code          text NOT NULL,
    period_months    integer NOT NULL,
    price_cents      bigint NOT NULL CHECK (price_cents >= 0),
    status           billing.vps_status NOT NULL,
    power_state      billing.power_state NOT NULL DEFAULT 'unknown',
    node_id          bigint NOT NULL,
    pool_id          bigint NOT NULL,
    address          inet UNIQUE,
    sequence         bigint NOT NULL,
    applied_sequence bigint NOT NULL DEFAULT 0,
    machine_uuid     text,
    port             integer,
    login            text,
    sealed_password  bytea,
    seal_key_id      integer,
    error_code       text,
    error_detail     text,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    expires_at       timestamptz NOT NULL,
    inspected_at     timestamptz
) WITH (fillfactor = 80);
COMMENT ON TABLE billing.vps IS 'One row a server that was ever paid for. Not tied by foreign keys to users and batches: the one writer inserts them together.';
COMMENT ON COLUMN billing.vps.batch_id IS 'The id of the batch''s first server: those of a batch are found from there on by id.';
COMMENT ON COLUMN billing.vps.price_cents IS 'What the purchase charged.';
COMMENT ON COLUMN billing.vps.address IS 'NULL once it is given back; unique while it is held (INV-5).';
COMMENT ON COLUMN billing.vps.sequence IS 'The last command issued to the machine.';
COMMENT ON COLUMN billing.vps.applied_sequence IS 'The last command whose final outcome was applied.';
COMMENT ON COLUMN billing.vps.sealed_password IS 'crypto_box_seal under the gateway''s key: unreadable here.';
COMMENT ON COLUMN billing.vps.inspected_at IS 'When a worker last said what is really there.';
CREATE INDEX vps_by_user ON billing.vps (user_id, id);

GRANT SELECT, INSERT, UPDATE ON billing.batches, billing.vps TO slipway_billing;
