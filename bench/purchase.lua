-- wrk: POST /vps with a fresh Idempotency-Key each.
-- Environment: BENCH_CALLER "operator" buys for a random wallet of BENCH_WALLETS, "resellers" with the
-- key of a random one of BENCH_RESELLERS; SLIPWAY_OPERATOR_KEY, BENCH_FIRST_USER. With BENCH_RATE, so
-- many a second are begun by BENCH_CONNECTIONS, at times that know nothing of one another.
local by_operator = os.getenv("BENCH_CALLER") == "operator"
local first_user = tonumber(os.getenv("BENCH_FIRST_USER"))
local users = tonumber(os.getenv(by_operator and "BENCH_WALLETS" or "BENCH_RESELLERS"))
local rate = tonumber(os.getenv("BENCH_RATE"))
local threads = 0
local sent = 0
local run_id = string.format("%x", os.time())

function setup(thread)
    threads = threads + 1
    thread:set("thread_number", threads)
end

function init()
    math.randomseed(os.time() * 100 + thread_number)
    wrk.method = "POST"
    wrk.headers["Authorization"] = "Bearer " .. os.getenv("SLIPWAY_OPERATOR_KEY")
    wrk.headers["Content-Type"] = "application/json"
end

if rate then
    local mean_ms = 1000 * tonumber(os.getenv("BENCH_CONNECTIONS")) / rate

    function delay()
        return -mean_ms * math.log(1 - math.random())
    end
end

function request()
    local user = first_user + math.random(0, users - 1)
    local owner = ""
    sent = sent + 1
    wrk.headers["Idempotency-Key"] = run_id .. "-" .. thread_number .. "-" .. sent
    if by_operator then
        owner = '"user_id":' .. user .. ','
    else
        wrk.headers["Authorization"] = string.format("Bearer slip_hosting_%032d", user)
    end
    return wrk.format(nil, "/hosting/api/v1/vps", nil, '{' .. owner ..
        '"plan_code":"vps-2","location_code":"de","os_code":"ubuntu-22","period_months":1}')
end

function done(summary, latency)
    io.write(string.format("latency_us p50=%d p99=%d max=%d\n",
        latency:percentile(50), latency:percentile(99), latency.max))
    io.write(string.format("answered=%d seconds=%.3f non_2xx=%d socket_errors=%d\n",
        summary.requests, summary.duration / 1e6, summary.errors.status,
        summary.errors.connect + summary.errors.read + summary.errors.write +
        summary.errors.timeout))
end
