-- A reseller's key for each of the first :resellers benchmark users: "slip_hosting_" and the user's id,
-- filled with zeros to 32 digits. Guessable, so only for a database that is thrown away.
INSERT INTO billing.api_keys (id, key_hash, role, user_id, name, scopes, created_at)
SELECT nextval('billing.key_ids'),
       sha256(convert_to('slip_hosting_' || lpad(id::text, 32, '0'), 'UTF8')),
       'reseller', id, 'bench', '{vps:buy,vps:read,vps:write}', now()
FROM billing.users WHERE name = 'bench' ORDER BY id LIMIT :resellers;
