# What bench/run measures of the notifier, and its peer. Sourced.
# shellcheck shell=bash

WEBHOOK_USERS=256
WEBHOOK_PORT=$((PORT_BASE + 60))
# Of users that billing has nothing to do with.
WEBHOOK_FIRST_USER=900000001

# One endpoint a user, all at the sink.
webhooks_prepare() {
    local user url="$SLIPWAY_URL/hosting/api/v1/webhooks" key="Authorization: Bearer $SLIPWAY_OPERATOR_KEY"
    say "registering $WEBHOOK_USERS endpoints"
    for ((user = WEBHOOK_FIRST_USER; user < WEBHOOK_FIRST_USER + WEBHOOK_USERS; ++user)); do
        printf 'url = "%s?user_id=%s"\noutput = /dev/null\n' "$url" "$user"
    done >"$RESULTS/webhooks.curl"
    curl -fsS -K "$RESULTS/webhooks.curl" -H "$key" -H 'Content-Type: application/json' \
        -d "{\"url\":\"http://127.0.0.1:$WEBHOOK_PORT/hook\"}"
}

webhooks() { # mode events
    "$BUILD/bench/slipway-webhook-bench" "$1" "127.0.0.1:$KAFKA_PORT" "$WEBHOOK_PORT" \
        "$WEBHOOK_FIRST_USER" "$WEBHOOK_USERS" "$2"
}

webhook_loop() { # events
    "$BUILD/bench/slipway-webhook-bench" loop "$WEBHOOK_PORT" "$1" "$WEBHOOK_USERS"
}

webhook_rate() {
    sed -n 's/^deliveries_per_second=\([0-9.]*\).*/\1/p'
}

webhook_latency() {
    sed -n 's/^event_to_delivered_us p50=\([0-9]*\).*/\1/p' | awk '{ printf "%.3f\n", $1 / 1000 }'
}

# Resident memory of the notifier, KiB.
notifier_memory() {
    awk '/^VmRSS/ { print $2 }' "/proc/$(pid_of notifier)/status"
}
