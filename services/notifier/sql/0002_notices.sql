-- What a user is told by mail and Telegram, and how far that is.

CREATE TYPE notifier.notice_status AS ENUM ('pending', 'sending', 'sent', 'failed', 'uncertain');

CREATE TABLE notifier.preferences (
    user_id          bigint PRIMARY KEY,
    email            text,
    language         text NOT NULL,
    telegram_id      bigint,
    email_notices    text[] NOT NULL,
    telegram_notices text[] NOT NULL,
    updated_at       timestamptz NOT NULL
);
COMMENT ON TABLE notifier.preferences IS 'Who wants to be told what, and where. No row: as by default.';
COMMENT ON COLUMN notifier.preferences.email IS 'NULL: no mail.';
COMMENT ON COLUMN notifier.preferences.telegram_id IS 'The chat; NULL: the one in contacts.';
COMMENT ON COLUMN notifier.preferences.email_notices IS 'Those that go by mail.';

CREATE TABLE notifier.contacts (
    user_id     bigint PRIMARY KEY,
    telegram_id bigint,
    asked_at    timestamptz NOT NULL
);
COMMENT ON TABLE notifier.contacts IS 'Which chat billing knows of a user; asked anew when it is old.';
COMMENT ON COLUMN notifier.contacts.telegram_id IS 'NULL: none.';

CREATE TABLE notifier.notices (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id     text NOT NULL REFERENCES notifier.events (id) ON DELETE CASCADE,
    user_id      bigint NOT NULL,
    channel      text NOT NULL CHECK (channel IN ('email', 'telegram')),
    notice       text NOT NULL,
    status       notifier.notice_status NOT NULL DEFAULT 'pending',
    attempts     integer NOT NULL DEFAULT 0,
    next_at      timestamptz NOT NULL,
    leased_until timestamptz,
    last_error   text,
    created_at   timestamptz NOT NULL,
    settled_at   timestamptz,
    UNIQUE (event_id, channel)
) WITH (fillfactor = 80);
COMMENT ON TABLE notifier.notices IS 'One row an event and channel; sent at most once after it was accepted.';
COMMENT ON COLUMN notifier.notices.status IS '"sending": with a channel; "uncertain": perhaps sent, nobody knows, and so never sent again.';
COMMENT ON COLUMN notifier.notices.leased_until IS 'sending: when whoever sends it is taken for dead.';
CREATE INDEX notices_due ON notifier.notices (channel, next_at) WHERE status = 'pending';
CREATE INDEX notices_sending ON notifier.notices (channel, leased_until) WHERE status = 'sending';
CREATE INDEX notices_by_user ON notifier.notices (user_id, channel, settled_at) WHERE status IN ('sent', 'uncertain');

GRANT SELECT, INSERT, UPDATE, DELETE ON notifier.preferences, notifier.contacts,
    notifier.notices TO slipway_notifier;
