-- What happened, to whom it is told by webhook, and how far that is.
-- Role slipway_notifier is what the service logs in as; it owns nothing and reaches this schema only.

GRANT USAGE ON SCHEMA notifier TO slipway_notifier;

CREATE TYPE notifier.endpoint_status AS ENUM ('enabled', 'disabled');
CREATE TYPE notifier.delivery_status AS ENUM ('pending', 'delivered', 'failed');

CREATE TABLE notifier.endpoints (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id          bigint NOT NULL,
    url              text NOT NULL,
    events           text[] NOT NULL,
    status           notifier.endpoint_status NOT NULL DEFAULT 'enabled',
    disabled_reason  text,
    sealed_secret    bytea NOT NULL,
    sealed_previous  bytea,
    previous_ends_at timestamptz,
    failing_since    timestamptz,
    created_at       timestamptz NOT NULL,
    CHECK ((status = 'disabled') = (disabled_reason IS NOT NULL)),
    CHECK ((sealed_previous IS NULL) = (previous_ends_at IS NULL))
);
COMMENT ON TABLE notifier.endpoints IS 'Where a user''s own server listens.';
COMMENT ON COLUMN notifier.endpoints.events IS 'The types that are sent; empty: all.';
COMMENT ON COLUMN notifier.endpoints.disabled_reason IS '"gone": it answered 410; "failing": nothing was accepted for days.';
COMMENT ON COLUMN notifier.endpoints.sealed_secret IS 'The signing secret under the service''s key, which is not in this database.';
COMMENT ON COLUMN notifier.endpoints.sealed_previous IS 'The one before, which signs too until previous_ends_at.';
COMMENT ON COLUMN notifier.endpoints.failing_since IS 'The first failure since the last success; NULL: it works.';
CREATE INDEX endpoints_by_user ON notifier.endpoints (user_id, id);

CREATE TABLE notifier.events (
    id          text PRIMARY KEY,
    type        text NOT NULL,
    body        text NOT NULL,
    received_at timestamptz NOT NULL
);
COMMENT ON TABLE notifier.events IS 'Events that somebody is told of, by ce_id; dropped after some weeks with their deliveries.';
COMMENT ON COLUMN notifier.events.body IS 'As it is sent.';
CREATE INDEX events_by_age ON notifier.events (received_at);

CREATE TABLE notifier.deliveries (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    endpoint_id  bigint NOT NULL REFERENCES notifier.endpoints (id) ON DELETE CASCADE,
    event_id     text NOT NULL REFERENCES notifier.events (id) ON DELETE CASCADE,
    lane         text NOT NULL,
    status       notifier.delivery_status NOT NULL DEFAULT 'pending',
    attempts     integer NOT NULL DEFAULT 0,
    next_at      timestamptz NOT NULL,
    leased_until timestamptz,
    first_at     timestamptz,
    last_at      timestamptz,
    last_status  integer,
    last_error   text,
    created_at   timestamptz NOT NULL,
    UNIQUE (event_id, endpoint_id)
) WITH (fillfactor = 80);
COMMENT ON TABLE notifier.deliveries IS 'One row an endpoint and event: told at least once, and once by the event''s id.';
COMMENT ON COLUMN notifier.deliveries.lane IS 'The event''s subject ("vps:77"): within an endpoint and lane one waits for the one before.';
COMMENT ON COLUMN notifier.deliveries.next_at IS 'When it is due; while it is on its way, when it is taken for lost.';
COMMENT ON COLUMN notifier.deliveries.leased_until IS 'On its way in some process until then; NULL: in none.';
COMMENT ON COLUMN notifier.deliveries.first_at IS 'Its first attempt, or the first since it was asked for again.';
COMMENT ON COLUMN notifier.deliveries.last_status IS 'What the last attempt was answered; NULL: nothing.';
-- Neither has next_at or leased_until, so that a delivery that is taken changes no index.
CREATE INDEX deliveries_pending ON notifier.deliveries (endpoint_id, id) WHERE status = 'pending';
CREATE INDEX deliveries_in_lane ON notifier.deliveries (endpoint_id, lane, id) WHERE status = 'pending';
CREATE INDEX deliveries_by_endpoint ON notifier.deliveries (endpoint_id, id);

GRANT SELECT, INSERT, UPDATE, DELETE ON notifier.endpoints, notifier.events, notifier.deliveries
    TO slipway_notifier;
