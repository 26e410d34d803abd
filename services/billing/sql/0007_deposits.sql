ALTER TABLE billing.users ADD COLUMN referrer_id bigint REFERENCES billing.users (id);
