-- Where the nodes show something else than the register says.

ALTER TABLE billing.nodes ADD COLUMN swept_at timestamptz;
COMMENT ON COLUMN billing.nodes.swept_at IS 'When the last sweep that the node has answered in full was asked for. Nodes with one URI are one host: the first of them answers.';

CREATE TYPE billing.drift_kind AS ENUM ('orphan', 'missing', 'running');

CREATE TABLE billing.drift (
    node_name    text NOT NULL,
    vps_id       bigint NOT NULL,
    kind         billing.drift_kind NOT NULL,
    machine_uuid text NOT NULL,
    found_at     timestamptz NOT NULL,
    seen_at      timestamptz NOT NULL,
    repair_at    timestamptz,
    repaired_at  timestamptz,
    PRIMARY KEY (node_name, vps_id)
);
COMMENT ON TABLE billing.drift IS 'What the last sweep of each node has found; a row goes when a sweep does not find it any more.';
COMMENT ON COLUMN billing.drift.kind IS 'orphan: a machine that the register does not have there. missing: an active server whose machine the node does not know. running: a suspended server whose machine runs.';
COMMENT ON COLUMN billing.drift.machine_uuid IS 'The orphan''s; "" for the others.';
COMMENT ON COLUMN billing.drift.repair_at IS 'An operator, or BILLING_REPAIR_DRIFT, wants it repaired.';
COMMENT ON COLUMN billing.drift.repaired_at IS 'The repair was ordered.';
CREATE INDEX vps_missing ON billing.vps (id) WHERE power_state = 'missing' AND status = 'active';

GRANT SELECT, INSERT, UPDATE, DELETE ON billing.drift TO slipway_billing;
