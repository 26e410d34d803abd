# What bench/run measures: the two peers, the core and the gateway. Sourced.
# shellcheck shell=bash

PGBENCH=$POSTGRES_BIN/pgbench

peer_arguments() {
    export PGPASSWORD=$POSTGRES_PASSWORD
    PGBENCH_SERVER=(-h 127.0.0.1 -p "$POSTGRES_PORT" -U postgres)
}

make_database() { # name
    postgres_admin -d postgres -c "CREATE DATABASE $1"
}

# A fresh copy of billing's schema with funded wallets.
make_schema() { # name
    make_database "$1"
    postgres_admin -d "$1" -c 'CREATE SCHEMA billing AUTHORIZATION slipway_owner' \
        -c "GRANT CREATE ON DATABASE $1 TO slipway_owner"
    BILLING_OWNER_DATABASE="$(postgres_conninfo slipway_owner "$OWNER_PASSWORD" | sed "s/dbname=slipway/dbname=$1/")" \
        "$BUILD/services/billing/slipway-billing" migrate
}

fund_wallets() { # database
    postgres_admin -d "$1" -v "wallets=$WALLETS" -f "$BENCH/peers/wallets.sql"
}

make_reseller_keys() { # database
    postgres_admin -d "$1" -v "resellers=$RESELLERS" -f "$BENCH/peers/reseller_keys.sql"
}

core_conninfo() {
    postgres_conninfo slipway_billing "$BILLING_PASSWORD" | sed 's/dbname=slipway/dbname=bench_core/'
}

stock_core() {
    export BILLING_DATABASE RPC_TOKEN KAFKA_BROKERS=127.0.0.1:$KAFKA_PORT
    BILLING_DATABASE=$(core_conninfo)
    "$BUILD/services/billing/slipway-billing" load-catalog "$ROOT/deploy/local/catalog.json"
    sed 's,@LIBVIRT_URI@,test:///default,' "$ROOT/deploy/local/inventory.example.json" \
        >"$RESULTS/inventory.json"
    "$BUILD/services/billing/slipway-billing" load-inventory "$RESULTS/inventory.json"
}

peers_prepare() {
    peer_arguments
    say "preparing the peers and $WALLETS wallets"
    make_database bench_tpcb
    "$PGBENCH" "${PGBENCH_SERVER[@]}" -i -q -s 10 bench_tpcb >"$RESULTS/pgbench-init.log" 2>&1
    {
        make_schema bench_like
        fund_wallets bench_like
        make_schema bench_core
        fund_wallets bench_core
        stock_core
        callers_prepare
    } >"$RESULTS/prepare.log" 2>&1
    callers_name
}

# Those who buy over HTTP.
callers_prepare() {
    fund_wallets slipway
    make_reseller_keys slipway
}

callers_name() {
    BENCH_FIRST_USER=$(postgres_admin -d slipway -Atc "SELECT min(id) FROM billing.users WHERE name = 'bench'")
    # shellcheck source=/dev/null
    source "$RUN_DIR/env"
    export BENCH_FIRST_USER BENCH_WALLETS=$WALLETS BENCH_RESELLERS=$RESELLERS SLIPWAY_OPERATOR_KEY
}

peer_tpcb() {
    "$PGBENCH" "${PGBENCH_SERVER[@]}" -M prepared -c 16 -j 2 -T "$SECONDS_EACH" bench_tpcb
}

peer_tpcb_lone() {
    "$PGBENCH" "${PGBENCH_SERVER[@]}" -M prepared -c 1 -j 1 -T 2 bench_tpcb
}

peer_like() {
    "$PGBENCH" "${PGBENCH_SERVER[@]}" -n -M prepared -c 16 -j 2 -T "$SECONDS_EACH" \
        -D "wallets=$WALLETS" -f "$BENCH/peers/purchase_like.sql" bench_like
}

core_purchases() { # wallets
    "$BUILD/bench/slipway-core-bench" "$(core_conninfo)" "127.0.0.1:$KAFKA_PORT" "$1" \
        "$SECONDS_EACH"
}

http_purchases() { # resellers|operator connections seconds
    local threads=$(($2 > 1 ? 2 : 1))
    BENCH_CALLER=$1 wrk -t "$threads" -c "$2" -d "$3s" --timeout 10s -s "$BENCH/purchase.lua" "$SLIPWAY_URL"
}

# A server of each reseller that has bought one.
list_owners() {
    postgres_admin -d slipway -Atc "SELECT user_id || ' ' || min(v.id) FROM billing.vps v
        JOIN billing.api_keys k USING (user_id) WHERE k.name = 'bench' GROUP BY user_id" \
        >"$RESULTS/owners"
}

http_reads() { # path connections seconds
    BENCH_READ=/hosting/api/v1$1 BENCH_OWNERS=$RESULTS/owners \
        wrk -t 2 -c "$2" -d "$3s" --timeout 10s -s "$BENCH/read.lua" "$SLIPWAY_URL"
}

# The same load and the same keys, at the bare server.
peer_hello() { # connections seconds
    local port=$((SLIPWAY_PORT_BASE + 90))
    launch hello "$BUILD/bench/slipway-hello" "$port" 2
    await hello 10 port_answers "$port" || return
    BENCH_READ=/hello BENCH_OWNERS=$RESULTS/owners \
        wrk -t 2 -c "$1" -d "$2s" --timeout 10s -s "$BENCH/read.lua" "http://127.0.0.1:$port"
    end_process hello TERM 10
}

pgbench_rate() {
    sed -n 's/^tps = \([0-9.]*\).*/\1/p'
}

pgbench_latency() {
    sed -n 's/^latency average = \([0-9.]*\) ms/\1/p'
}

core_rate() {
    sed -n 's/^purchases_per_second=\([0-9.]*\).*/\1/p'
}

# Refused requests must not look like fast ones.
http_rate() {
    awk -F '[= ]' '/^answered=/ { if ($6 != 0 || $8 != 0) exit 1; printf "%.1f\n", $2 / $4; found = 1 }
        END { exit !found }'
}

http_latency() {
    sed -n 's/^latency_us p50=\([0-9]*\).*/\1/p' | awk '{ printf "%.3f\n", $1 / 1000 }'
}
