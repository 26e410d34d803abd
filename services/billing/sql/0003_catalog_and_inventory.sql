-- What is sold (catalog) and what it is built on (inventory). Both are loaded from JSON by command.

CREATE TABLE billing.catalog_version (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version  bigint NOT NULL
);
COMMENT ON TABLE billing.catalog_version IS 'Counts up with each load of the catalog or the inventory; the writer reads it in every transaction, so a new price counts from the next purchase.';
INSERT INTO billing.catalog_version (version) VALUES (0);

CREATE TABLE billing.plans (
    code              text PRIMARY KEY,
    position          integer NOT NULL,
    name              text NOT NULL,
    vcpu              integer NOT NULL CHECK (vcpu > 0),
    ram_mb            integer NOT NULL CHECK (ram_mb > 0),
    disk_gb           integer NOT NULL CHECK (disk_gb > 0),
    traffic_tb        integer NOT NULL CHECK (traffic_tb >= 0),
    price_cents_month bigint NOT NULL CHECK (price_cents_month > 0),
    available         boolean NOT NULL
);
COMMENT ON TABLE billing.plans IS 'A plan that a load leaves out becomes unavailable; servers bought on it live on.';

CREATE TABLE billing.locations (
    code      text PRIMARY KEY CHECK (code ~ '^[a-z0-9-]{1,32}$'),
    position  integer NOT NULL,
    name      text NOT NULL,
    available boolean NOT NULL
);
COMMENT ON COLUMN billing.locations.code IS 'Also the end of the command topic''s name.';

CREATE TABLE billing.operating_systems (
    code        text PRIMARY KEY,
    position    integer NOT NULL,
    name        text NOT NULL,
    min_ram_mb  integer NOT NULL CHECK (min_ram_mb >= 0),
    min_disk_gb integer NOT NULL CHECK (min_disk_gb >= 0),
    image       text NOT NULL,
    available   boolean NOT NULL
);
COMMENT ON COLUMN billing.operating_systems.image IS 'What the node builds it from: "none", or volume:<pool>/<name>.';

CREATE TABLE billing.periods (
    months                integer PRIMARY KEY CHECK (months BETWEEN 1 AND 120),
    discount_basis_points integer NOT NULL CHECK (discount_basis_points BETWEEN 0 AND 10000)
);
COMMENT ON COLUMN billing.periods.discount_basis_points IS 'Hundredths of a percent.';

CREATE SEQUENCE billing.node_ids;
CREATE TABLE billing.nodes (
    id            bigint PRIMARY KEY DEFAULT nextval('billing.node_ids'),
    location_code text NOT NULL REFERENCES billing.locations (code),
    name          text NOT NULL UNIQUE,
    uri           text NOT NULL,
    vcpu          bigint NOT NULL CHECK (vcpu >= 0),
    ram_mb        bigint NOT NULL CHECK (ram_mb >= 0),
    disk_gb       bigint NOT NULL CHECK (disk_gb >= 0),
    used_vcpu     bigint NOT NULL DEFAULT 0 CHECK (used_vcpu >= 0),
    used_ram_mb   bigint NOT NULL DEFAULT 0 CHECK (used_ram_mb >= 0),
    used_disk_gb  bigint NOT NULL DEFAULT 0 CHECK (used_disk_gb >= 0),
    drained       boolean NOT NULL DEFAULT false
) WITH (fillfactor = 60);
COMMENT ON TABLE billing.nodes IS 'Hypervisors. Capacity is what may be sold, overcommit included; used_* is what servers and the writers'' shares hold.';
COMMENT ON COLUMN billing.nodes.uri IS 'libvirt connection URI.';
COMMENT ON COLUMN billing.nodes.drained IS 'Nothing new is placed here.';

CREATE SEQUENCE billing.pool_ids;
CREATE TABLE billing.address_pools (
    id            bigint PRIMARY KEY DEFAULT nextval('billing.pool_ids'),
    location_code text NOT NULL REFERENCES billing.locations (code),
    first_address inet NOT NULL UNIQUE,
    size          bigint NOT NULL CHECK (size > 0),
    prefix_length integer NOT NULL,
    gateway       inet NOT NULL,
    next_offset   bigint NOT NULL DEFAULT 0,
    CHECK (next_offset BETWEEN 0 AND size)
) WITH (fillfactor = 60);
COMMENT ON TABLE billing.address_pools IS 'Runs of addresses, handed out in order; returned ones come back through released_addresses.';

-- A writer places on its own share, so that writers of one location don't wait for each other. Shares
-- are granted and called back in the transaction of the purchase that needs it; what is granted counts
-- as used, so nothing is sold twice (INV-5) and nothing is lost with a process.
CREATE TABLE billing.node_shares (
    node_id bigint NOT NULL REFERENCES billing.nodes (id),
    shard   smallint NOT NULL,
    vcpu    bigint NOT NULL CHECK (vcpu >= 0),
    ram_mb  bigint NOT NULL CHECK (ram_mb >= 0),
    disk_gb bigint NOT NULL CHECK (disk_gb >= 0),
    PRIMARY KEY (node_id, shard)
) WITH (fillfactor = 60);
COMMENT ON TABLE billing.node_shares IS 'Room of a node that the writers of a shard may sell without asking.';

CREATE SEQUENCE billing.address_share_ids;
CREATE TABLE billing.address_shares (
    id          bigint PRIMARY KEY DEFAULT nextval('billing.address_share_ids'),
    pool_id     bigint NOT NULL REFERENCES billing.address_pools (id),
    shard       smallint NOT NULL,
    next_offset bigint NOT NULL,
    end_offset  bigint NOT NULL,
    CHECK (next_offset < end_offset)
) WITH (fillfactor = 60);
COMMENT ON TABLE billing.address_shares IS 'Addresses of a pool that the writers of a shard may hand out without asking: offsets from next_offset up to, without, end_offset.';

CREATE TABLE billing.released_addresses (
    address       inet PRIMARY KEY,
    location_code text NOT NULL REFERENCES billing.locations (code),
    pool_id       bigint NOT NULL REFERENCES billing.address_pools (id),
    released_at   timestamptz NOT NULL
);
COMMENT ON TABLE billing.released_addresses IS 'Addresses of failed and deleted servers, free again.';
CREATE INDEX released_addresses_by_location ON billing.released_addresses (location_code, released_at);

GRANT SELECT, INSERT, UPDATE ON billing.catalog_version, billing.plans, billing.locations,
    billing.operating_systems, billing.nodes, billing.address_pools TO slipway_billing;
GRANT SELECT, INSERT, UPDATE, DELETE ON billing.periods, billing.released_addresses,
    billing.node_shares, billing.address_shares TO slipway_billing;
GRANT USAGE ON billing.node_ids, billing.pool_ids, billing.address_share_ids TO slipway_billing;
