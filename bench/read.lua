-- wrk: GET of BENCH_READ by resellers that own a server. BENCH_OWNERS is a file of "<user> <server>"
-- lines; of a random one the key is used, and the ids take the places of {user} and {vps}.
local owners = {}

function init()
    math.randomseed(os.time())
    for line in io.lines(os.getenv("BENCH_OWNERS")) do
        local user, vps = line:match("(%d+) (%d+)")
        owners[#owners + 1] = {user = user, vps = vps}
    end
end

function request()
    local owner = owners[math.random(#owners)]
    wrk.headers["Authorization"] = string.format("Bearer slip_hosting_%032d", owner.user)
    return wrk.format("GET", (os.getenv("BENCH_READ"):gsub("{(%w+)}", owner)))
end

function done(summary, latency)
    io.write(string.format("latency_us p50=%d p99=%d max=%d\n",
        latency:percentile(50), latency:percentile(99), latency.max))
    io.write(string.format("answered=%d seconds=%.3f non_2xx=%d socket_errors=%d\n",
        summary.requests, summary.duration / 1e6, summary.errors.status,
        summary.errors.connect + summary.errors.read + summary.errors.write +
        summary.errors.timeout))
end
