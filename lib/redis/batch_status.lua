-- KEYS[1]: the hash, also the channel. ARGV: seconds to live, head or "", then index and value of
-- each item. An item is written only when its rank is higher than what stands; returns how many
-- fields have changed.
local key, changed = KEYS[1], 0

local function rank(value)
    return tonumber(string.match(value or '', '^(%d+)|') or -1)
end

local function write(field, value, message)
    redis.call('HSET', key, field, value)
    redis.call('PUBLISH', key, message)
    changed = changed + 1
end

for i = 3, #ARGV, 2 do
    local field = 'i:' .. ARGV[i]
    if rank(ARGV[i + 1]) > rank(redis.call('HGET', key, field)) then
        write(field, ARGV[i + 1], ARGV[i])
    end
end
if ARGV[2] ~= '' and redis.call('HGET', key, 'head') ~= ARGV[2] then
    write('head', ARGV[2], 'head')
end
if changed > 0 then
    redis.call('EXPIRE', key, ARGV[1])
end
return changed
