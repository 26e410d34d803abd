-- What is ordered of machines that stand, and when the lifecycle looks at a server next.

ALTER TYPE billing.batch_kind ADD VALUE 'password';

CREATE TYPE billing.operation_action AS ENUM
    ('start', 'stop', 'reboot', 'power_toggle', 'reinstall', 'password', 'delete');
CREATE TYPE billing.operation_status AS ENUM ('queued', 'running', 'done', 'failed');

CREATE TABLE billing.operations (
    vps_id       bigint NOT NULL,
    sequence     bigint NOT NULL CHECK (sequence > 1),
    batch_id     bigint NOT NULL,
    action       billing.operation_action NOT NULL,
    status       billing.operation_status NOT NULL,
    os_code      text,
    error_code   text,
    error_detail text,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    PRIMARY KEY (vps_id, sequence),
    CHECK ((action = 'reinstall') = (os_code IS NOT NULL)),
    CHECK (status = 'failed' OR error_code IS NULL)
) WITH (fillfactor = 80);
COMMENT ON TABLE billing.operations IS 'One row a command to a machine after its build; the outcome is applied once, while the row is open (queued, running).';
COMMENT ON COLUMN billing.operations.sequence IS 'The command''s; 1 is the build, which stands in billing.vps.';
COMMENT ON COLUMN billing.operations.batch_id IS 'What the customer watches. Operations that time ordered have one too.';
COMMENT ON COLUMN billing.operations.os_code IS 'reinstall: what is to be on it.';
COMMENT ON COLUMN billing.operations.error_code IS 'failed: why; "superseded": a deletion came in between.';
CREATE UNIQUE INDEX operations_by_batch ON billing.operations (batch_id);
CREATE INDEX operations_open ON billing.operations (vps_id) WHERE status IN ('queued', 'running');

ALTER TABLE billing.vps ADD COLUMN due_at timestamptz;
ALTER TABLE billing.vps ADD COLUMN noticed_days integer;
COMMENT ON COLUMN billing.vps.due_at IS 'When the lifecycle has to look at it next: a notice, the end, the end of the grace period. NULL: never.';
COMMENT ON COLUMN billing.vps.noticed_days IS 'The last notice of the current period''s end, in days before it; NULL: none yet.';
UPDATE billing.vps SET due_at = expires_at - interval '7 days'
    WHERE status NOT IN ('deleted', 'failed');
CREATE INDEX vps_by_due ON billing.vps (due_at) WHERE due_at IS NOT NULL;

GRANT SELECT, INSERT, UPDATE ON billing.operations TO slipway_billing;
