# What bench/run measures of single purchases: how long they take at half the peak, how soon Kafka and
# a worker have them, how much memory the services hold, and what ten times the rows cost. Sourced.
# shellcheck shell=bash disable=SC2153  # RESULTS and the like are bench/run's

goal() { # row value; what the row's figure is held against
    printf '%s\n' "$2" >"$RESULTS/$1"
}

milliseconds_of() { # metric percent before after
    python3 "$BENCH/percentile.py" "$@"
}

http_p99() {
    sed -n 's/^latency_us .*p99=\([0-9]*\).*/\1/p' | awk '{ printf "%.3f\n", $1 / 1000 }'
}

# A refused purchase must not look like a fast one.
http_paced() { # rate connections seconds
    local output
    output=$(BENCH_RATE=$1 BENCH_CONNECTIONS=$2 http_purchases resellers "$2" "$3")
    printf '%s\n' "$output"
    http_rate >/dev/null <<<"$output"
}

scrape() { # port file
    curl -fsS "http://127.0.0.1:$1/metrics" >"$RESULTS/$2"
}

measure_half_peak() {
    local rate
    rate=$(awk -v peak="$(median "$RESULTS/http")" 'BEGIN { print int(peak / 2) }')
    scrape "$BILLING_ADMIN_PORT" half_peak.before
    measure half_peak_p99 http_p99 http_paced "$rate" "$CONNECTIONS" "$SECONDS_EACH"
    scrape "$BILLING_ADMIN_PORT" half_peak.after
    measure half_peak_ack_p99 milliseconds milliseconds_of slipway_billing_relay_seconds 99 \
        "$RESULTS/half_peak.before" "$RESULTS/half_peak.after"
}

# One purchase after another, of a location that has a worker.
measure_idle_path() { # purchases
    local n
    workers_scale 1 "$WORKER_THREADS"
    scrape "$BILLING_ADMIN_PORT" idle_billing.before
    scrape "$PROVISIONER_ADMIN_PORT" idle_worker.before
    for ((n = 0; n < $1; ++n)); do
        workers_orders one "$((BENCH_FIRST_USER + 90003))" us >/dev/null
    done
    scrape "$BILLING_ADMIN_PORT" idle_billing.after
    scrape "$PROVISIONER_ADMIN_PORT" idle_worker.after
    measure idle_ack_p50 milliseconds milliseconds_of slipway_billing_relay_seconds 50 \
        "$RESULTS/idle_billing.before" "$RESULTS/idle_billing.after"
    measure idle_begun_p50 milliseconds milliseconds_of \
        slipway_provisioner_command_wait_seconds 50 \
        "$RESULTS/idle_worker.before" "$RESULTS/idle_worker.after"
}

# The most that was ever resident, in MiB.
measure_memory() {
    local name
    for name in gateway billing; do
        awk '/^VmHWM/ { printf "%.1f\n", $2 / 1024 }' "/proc/$(pid_of "$name")/status" >>"$RESULTS/${name}_memory"
        say "${name}_memory: $(tail -n 1 "$RESULTS/${name}_memory")"
    done
}

core_rows() {
    postgres_admin -d bench_core -Atc 'SELECT count(*) FROM billing.vps'
}

# The same few seconds before and after the other rows have filled the tables.
measure_growth() { # figure
    local rows
    rows=$(core_rows)
    SECONDS_EACH=3 measure "$1" core_rate core_purchases "$WALLETS"
    printf '%s\n' "$rows" >"$RESULTS/$1_rows"
    say "$1: with $rows servers"
}

latency_rows() {
    goal goal_half_peak_p99 15
    goal goal_ack_p99 25
    goal goal_ack_p50 5
    goal goal_begun_p50 15
    goal goal_memory 64
    row half_peak_p99_ms_vs_goal half_peak_p99 goal_half_peak_p99
    row half_peak_ack_p99_ms_vs_goal half_peak_ack_p99 goal_ack_p99
    row idle_ack_p50_ms_vs_goal idle_ack_p50 goal_ack_p50
    row idle_begun_p50_ms_vs_goal idle_begun_p50 goal_begun_p50
    row gateway_memory_mib_vs_goal gateway_memory goal_memory
    row billing_memory_mib_vs_goal billing_memory goal_memory
    row core_grown_vs_small core_grown core_small
}
