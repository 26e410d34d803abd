-- What an auditor follows: which transfer ended a purchase, and a chain of hashes through each
-- writer's transfers. docs/ledger.md says how a hash is made.

ALTER TABLE billing.vps ADD COLUMN settlement_id bigint;
COMMENT ON COLUMN billing.vps.settlement_id IS 'The transfer that ended the purchase, capture or refund; NULL: it has not ended, or cost nothing.';
UPDATE billing.vps v SET settlement_id = t.id FROM billing.transfers t
    WHERE t.vps_id = v.id AND t.kind IN ('capture', 'refund');

-- The servers of a checkout have the numbers from its own on, with gaps where other writers took some:
-- the primary key finds them, and an index of batches would cost every purchase.
CREATE VIEW billing.checkout_items AS
SELECT b.id AS checkout_id, item.* FROM billing.batches b CROSS JOIN LATERAL (
    SELECT * FROM billing.vps v WHERE v.id >= b.id AND v.batch_id = b.id ORDER BY v.id LIMIT b.total
) AS item WHERE b.kind = 'checkout';
COMMENT ON VIEW billing.checkout_items IS 'The rows of billing.vps by checkout_id, their batch. To be asked by id, not to be scanned.';
GRANT SELECT ON billing.checkout_items TO slipway_billing;

ALTER TABLE billing.transfers
    ADD COLUMN outbox_id bigint,
    ADD COLUMN chain_shard smallint,
    ADD COLUMN chain_index bigint,
    ADD COLUMN previous_hash bytea CHECK (octet_length(previous_hash) = 32);
COMMENT ON COLUMN billing.transfers.outbox_id IS 'The row of billing.outbox that told of it, written in the same transaction and deleted once it was told; NULL: none did.';
COMMENT ON COLUMN billing.transfers.chain_shard IS 'The writer that made it: chains are one a shard. NULL, as the two that follow: from before there were chains.';
COMMENT ON COLUMN billing.transfers.chain_index IS 'Its place in the chain, from 1 on without gaps.';
COMMENT ON COLUMN billing.transfers.previous_hash IS 'Of the transfer before it in its chain; 32 zero bytes for the first.';

CREATE TABLE billing.chain_heads (
    shard      smallint PRIMARY KEY,
    last_index bigint NOT NULL DEFAULT 0,
    last_hash  bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex')
        CHECK (octet_length(last_hash) = 32)
) WITH (fillfactor = 10);
COMMENT ON TABLE billing.chain_heads IS 'One row a shard: where its chain ends. A writer locks it before it reads anything else of a batch that moves money, so two of the same number never fork a chain.';

GRANT SELECT, INSERT, UPDATE ON billing.chain_heads TO slipway_billing;

-- Events say the same again and again; lz4 finds it at a fraction of pglz's cost. Not every server is
-- built with it.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_settings
               WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)) THEN
        ALTER TABLE billing.outbox ALTER COLUMN messages SET COMPRESSION lz4;
    END IF;
END
$$;
