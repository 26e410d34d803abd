-- What makes a repeat harmless, and what still has to be told to Kafka.

CREATE TABLE billing.idempotency (
    key_prefix  bigint NOT NULL,
    key_hash    bytea NOT NULL CHECK (octet_length(key_hash) = 32),
    fingerprint bytea NOT NULL CHECK (octet_length(fingerprint) = 32),
    answer      bytea NOT NULL,
    created_at  timestamptz NOT NULL
) PARTITION BY RANGE (created_at);
CREATE INDEX idempotency_by_prefix ON billing.idempotency (key_prefix);
COMMENT ON TABLE billing.idempotency IS 'One row a settled request with a key. Uniqueness of key_hash over all partitions is kept by the wallet''s row lock, which every writer takes first.';
COMMENT ON COLUMN billing.idempotency.key_prefix IS 'The first 8 bytes of key_hash as a number: what is looked up. A number''s index is a third as large as the hash''s and is compared in one step; whoever reads compares the whole hash.';
COMMENT ON COLUMN billing.idempotency.key_hash IS 'SHA-256 over the user, the method and route, and the Idempotency-Key.';
COMMENT ON COLUMN billing.idempotency.fingerprint IS 'SHA-256 of the canonical request.';
COMMENT ON COLUMN billing.idempotency.answer IS 'slipway.v1.Answer as it was first given.';

-- Months are cut at UTC midnight; the sweeper calls this ahead of time and drops what is older than
-- keep_days, so no month is dropped before all of it is that old.
CREATE FUNCTION billing.maintain_idempotency(now_at timestamptz, keep_days integer)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = billing, pg_temp AS $$
DECLARE
    month timestamp;
    old record;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('billing.maintain_idempotency'));
    FOR ahead IN 0..1 LOOP
        month := date_trunc('month', now_at AT TIME ZONE 'UTC') + make_interval(months => ahead);
        EXECUTE format(
            'CREATE TABLE IF NOT EXISTS billing.%I PARTITION OF billing.idempotency FOR VALUES FROM (%L) TO (%L)',
            'idempotency_' || to_char(month, 'YYYY_MM'),
            month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC');
    END LOOP;
    FOR old IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'billing.idempotency'::regclass
          AND to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month'
              < (now_at AT TIME ZONE 'UTC') - make_interval(days => keep_days)
    LOOP
        EXECUTE format('DROP TABLE billing.%I', old.relname);
    END LOOP;
END
$$;
REVOKE ALL ON FUNCTION billing.maintain_idempotency(timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION billing.maintain_idempotency(timestamptz, integer) TO slipway_billing;
SELECT billing.maintain_idempotency(now(), 60);

CREATE SEQUENCE billing.outbox_ids;
CREATE SEQUENCE billing.relay_ids;
CREATE TABLE billing.outbox (
    id         bigint PRIMARY KEY,
    relay_id   bigint NOT NULL,
    messages   bytea NOT NULL,
    created_at timestamptz NOT NULL
);
COMMENT ON TABLE billing.outbox IS 'One row a transaction with news for Kafka; deleted after every message of it was acknowledged.';
COMMENT ON COLUMN billing.outbox.relay_id IS 'The process that sends it. It holds the advisory lock (1397311561, relay_id) while it lives; whoever gets that lock may sweep its rows.';
COMMENT ON COLUMN billing.outbox.messages IS 'slipway.v1.OutboxMessages.';

GRANT SELECT, INSERT ON billing.idempotency TO slipway_billing;
GRANT SELECT, INSERT, DELETE ON billing.outbox TO slipway_billing;
GRANT USAGE ON billing.outbox_ids, billing.relay_ids TO slipway_billing;
