# What bench/run measures of the workers: how they scale, whether one customer's bulk holds up
# another's single server, and what a storm of purchases does to their memory. Sourced.
#
# Location us, whose nodes take a second a build: tests/support/slow_node.py stands before libvirtd.
# shellcheck shell=bash disable=SC2153  # RESULTS and the like are bench/run's

SLOW_SOCKET=$RUN_DIR/libvirt/slow-sock
WORKER_THREADS=4

workers_sql() { # statement
    postgres_admin -d slipway -AtF ' ' -c "$1"
}

slow_node_is_ready() {
    grep -q '^ready$' "$RUN_DIR/log/slow-node.log"
}

slow_node_start() { # seconds a build
    end_process slow-node
    rm -f "$SLOW_SOCKET" "$RUN_DIR/log/slow-node.log"
    launch slow-node python3 "$ROOT/tests/support/slow_node.py" "$SLOW_SOCKET" \
        "$RUN_DIR/libvirt/libvirt-sock" "$1"
    await slow-node 10 slow_node_is_ready
}

partitions_assigned() {
    local n
    for ((n = 0; n < $1; ++n)); do
        curl -fsS "http://127.0.0.1:$((PROVISIONER_ADMIN_PORT + n))/metrics"
    done | awk '/^slipway_provisioner_partitions / { sum += $2 } END { print sum + 0 }'
}

# Only the location's workers run: the other purchases of the benchmark are nobody's. Those that are
# gone keep their partitions until Kafka misses them.
workers_scale() { # workers threads
    SLIPWAY_LOCATIONS=us PROVISIONER_WORKERS=$2 "$ROOT/run" scale provisioner "$1"
    until (($(partitions_assigned "$1") == 24)); do
        sleep 0.2
    done
}

workers_orders() { # argument...
    SLIPWAY_URL=$SLIPWAY_URL python3 "$BENCH/orders.py" "$@"
}

workers_prepare() {
    sed "/\"us-[0-9]\"/s|@LIBVIRT_URI@|test+unix:///default?socket=$SLOW_SOCKET|; s|@LIBVIRT_URI@|$LIBVIRT_URI|" \
        "$ROOT/deploy/local/inventory.example.json" >"$RESULTS/slow-inventory.json"
    slow_node_start 1
    # The peers have named a database of their own.
    env -u BILLING_DATABASE "$ROOT/run" billing load-inventory "$RESULTS/slow-inventory.json"
}

workers_open() {
    workers_sql "SELECT count(*) FROM billing.vps WHERE location_code = 'us'
        AND status IN ('pending', 'building')"
}

await_open() { # most that may still be open
    while (($(workers_open) > $1)); do
        sleep 0.2
    done
}

# The slope of the count over the time, which waves of builds that end together don't disturb.
builds_per_second() { # seconds
    local since
    since=$(workers_sql 'SELECT now()')
    sleep "$1"
    (($(workers_open) > 0)) || die 'the workers have run out of work'
    printf 'builds_per_second=%s\n' "$(workers_sql "
        SELECT round(regr_slope(n, at)::numeric, 3) FROM (
            SELECT extract(epoch FROM updated_at) AS at, row_number() OVER (ORDER BY updated_at) AS n
            FROM billing.vps WHERE location_code = 'us' AND status = 'active'
                AND updated_at > '$since') built")"
}

builds_rate() {
    sed -n 's/^builds_per_second=\([0-9.]*\).*/\1/p'
}

milliseconds() {
    sed -n 's/^milliseconds=\([0-9.]*\).*/\1/p'
}

# One worker, then eight, on one backlog of many customers.
measure_scaling() { # servers seconds
    workers_orders crowd "$BENCH_FIRST_USER" us "$1"
    workers_scale 1 "$WORKER_THREADS"
    await_open $(($1 - WORKER_THREADS))
    measure one_worker builds_rate builds_per_second "$2"
    workers_scale 8 "$WORKER_THREADS"
    await_open $(($(workers_open) - 8 * WORKER_THREADS))
    measure eight_workers builds_rate builds_per_second "$2"
    awk '{ print 8 * $1 }' "$RESULTS/one_worker" >"$RESULTS/one_worker_times_eight"
    await_open 0
}

measure_fairness() { # times servers
    local lone=$((BENCH_FIRST_USER + 90000)) bulk=$((BENCH_FIRST_USER + 90001)) i
    # Those that run would keep their threads.
    "$ROOT/run" scale provisioner 0
    workers_scale 2 16
    for ((i = 0; i < $1; ++i)); do
        measure single_alone milliseconds workers_orders one "$lone" us
    done
    workers_orders bulk "$bulk" us "$2"
    for ((i = 0; i < $1; ++i)); do
        measure single_behind_bulk milliseconds workers_orders one "$lone" us
    done
    (($(workers_open) > 0)) || die 'the bulk was over before the single servers were'
    await_open 0
}

# Of the workers and of billing, in MiB.
resident() {
    local name file=$RESULTS/$1
    for name in $(provisioners_up) billing; do
        awk '/^VmRSS/ { print $2 }' "/proc/$(pid_of "$name")/status"
    done | awk '{ kib += $1 } END { printf "%.1f\n", kib / 1024 }' >>"$file"
    say "$1: $(tail -n 1 "$file")"
}

# The first storm warms caches and pools; the second must not need more.
measure_storm() { # servers
    local storm=$((BENCH_FIRST_USER + 90002))
    slow_node_start 0
    workers_orders bulk "$storm" us "$1"
    await_open 0
    resident storm_before
    workers_orders bulk "$storm" us "$1"
    await_open $(($1 / 2))
    resident storm_halfway
    await_open 0
    resident storm_after
}

measure_workers() {
    workers_prepare >"$RESULTS/workers.log" 2>&1
    if [[ -n $QUICK ]]; then
        measure_scaling 600 8
        measure_fairness 1 300
        measure_storm 500
        measure_idle_path 20
    else
        measure_scaling 1200 20
        measure_fairness 3 1000
        measure_storm 5000
        measure_idle_path 60
    fi
    end_process slow-node
    "$ROOT/run" scale provisioner 0
}
