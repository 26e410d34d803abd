-- wrk: POST /vps by an operator for a random wallet of many, each with a fresh Idempotency-Key.
-- Environment: SLIPWAY_OPERATOR_KEY, BENCH_FIRST_USER, BENCH_WALLETS.
local first_user = tonumber(os.getenv("BENCH_FIRST_USER"))
local wallets = tonumber(os.getenv("BENCH_WALLETS"))
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

function request()
    sent = sent + 1
    wrk.headers["Idempotency-Key"] = run_id .. "-" .. thread_number .. "-" .. sent
    return wrk.format(nil, "/hosting/api/v1/vps", nil,
        '{"user_id":' .. first_user + math.random(0, wallets - 1) ..
        ',"plan_code":"vps-2","location_code":"de","os_code":"ubuntu-22","period_months":1}')
end

function done(summary, latency)
    io.write(string.format("latency_us p50=%d p99=%d max=%d\n",
        latency:percentile(50), latency:percentile(99), latency.max))
    io.write(string.format("purchases=%d seconds=%.3f non_2xx=%d socket_errors=%d\n",
        summary.requests, summary.duration / 1e6, summary.errors.status,
        summary.errors.connect + summary.errors.read + summary.errors.write +
        summary.errors.timeout))
end
