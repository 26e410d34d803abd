# Slipway's own processes: gateway, billing, notifier and the provisioners, "provisioner-<location>-<n>".
# Sourced.
# shellcheck shell=bash

provisioner_count() {
    cat "$RUN_DIR/provisioners" 2>/dev/null || echo "${SLIPWAY_PROVISIONERS:-2}"
}

provisioner_names() { # workers a location
    local location n
    for ((n = 1; n <= $1; n++)); do
        for location in "${LOCATIONS[@]}"; do
            printf 'provisioner-%s-%s\n' "$location" "$n"
        done
    done
}

# Those that run, whatever their number should be.
provisioners_up() {
    local file name
    for file in "$RUN_DIR"/pid/provisioner-*; do
        name=${file##*/}
        [[ -e $file ]] && is_up "$name" && printf '%s\n' "$name"
    done
    return 0
}

provisioner_admin_port() { # name
    local location=${1#provisioner-} index
    local n=${location##*-}
    location=${location%-*}
    for index in "${!LOCATIONS[@]}"; do
        [[ ${LOCATIONS[index]} == "$location" ]] || continue
        printf '%s\n' $((PROVISIONER_ADMIN_PORT + (n - 1) * ${#LOCATIONS[@]} + index))
        return
    done
    die "There is no location $location."
}

admin_port() { # service
    case $1 in
    gateway) echo "$GATEWAY_ADMIN_PORT" ;;
    billing) echo "$BILLING_ADMIN_PORT" ;;
    notifier) echo "$NOTIFIER_ADMIN_PORT" ;;
    provisioner-*) provisioner_admin_port "$1" ;;
    esac
}

# The settings of a service, a NAME=value line each; what the caller's environment names wins.
service_settings() { # service
    local redis=(REDIS_HOST=127.0.0.1 "REDIS_PORT=$REDIS_PORT" "REDIS_PASSWORD=$REDIS_PASSWORD")
    local kafka="KAFKA_BROKERS=127.0.0.1:$KAFKA_PORT"
    case $1 in
    gateway)
        printf '%s\n' "${redis[@]}" "GATEWAY_PORT=$GATEWAY_PORT" \
            "GATEWAY_ADMIN_PORT=$GATEWAY_ADMIN_PORT" \
            "BILLING_URL=http://127.0.0.1:$BILLING_PORT" "RPC_TOKEN=$RPC_TOKEN" \
            "NOTIFIER_URL=http://127.0.0.1:$NOTIFIER_PORT" \
            "SEAL_SECRET_KEY=$SEAL_SECRET_KEY" "SIGNING_MASTER_SECRET=$SIGNING_SECRET"
        ;;
    billing)
        printf '%s\n' "${redis[@]}" "$kafka" "BILLING_PORT=$BILLING_PORT" \
            "BILLING_ADMIN_PORT=$BILLING_ADMIN_PORT" "BILLING_INSTANCE=billing" \
            "RPC_TOKEN=$RPC_TOKEN" \
            "BILLING_DATABASE=$(postgres_conninfo slipway_billing "$BILLING_PASSWORD")" \
            "BILLING_OWNER_DATABASE=$(postgres_conninfo slipway_owner "$OWNER_PASSWORD")"
        providers_settings
        ;;
    notifier)
        # This is a copy for development: webhooks may go to this machine.
        printf '%s\n' "$kafka" "NOTIFIER_PORT=$NOTIFIER_PORT" \
            "NOTIFIER_ADMIN_PORT=$NOTIFIER_ADMIN_PORT" "RPC_TOKEN=$RPC_TOKEN" \
            "BILLING_URL=http://127.0.0.1:$BILLING_PORT" \
            "NOTIFIER_DATABASE=$(postgres_conninfo slipway_notifier "$NOTIFIER_PASSWORD")" \
            "NOTIFIER_OWNER_DATABASE=$(postgres_conninfo slipway_owner "$OWNER_PASSWORD")" \
            "NOTIFIER_SECRET_KEY=$NOTIFIER_SECRET_KEY" NOTIFIER_ALLOW_LOOPBACK=on
        ;;
    console) console_settings ;;
    provisioner-*)
        local location=${1#provisioner-}
        printf '%s\n' "${redis[@]}" "$kafka" "PROVISIONER_LOCATION=${location%-*}" \
            "PROVISIONER_INSTANCE=$1" "PROVISIONER_ADMIN_PORT=$(admin_port "$1")" \
            "SEAL_PUBLIC_KEY=$SEAL_PUBLIC_KEY"
        if guests_are_on; then
            guests_settings
        fi
        ;;
    esac
}

export_settings() { # service
    local line
    while IFS= read -r line; do
        printenv "${line%%=*}" >/dev/null || export "${line?}"
    done < <(service_settings "$1")
}

service_is_ready() { # service
    curl -fsS -m 2 "http://127.0.0.1:$(admin_port "$1")/readyz"
}

service_launch() { # service
    local binary
    is_up "$1" && return
    binary=$(service_binary "${1%%-*}") || return
    (export_settings "$1" && launch "$1" "$binary")
}

service_start() { # service
    service_launch "$1" && await "$1" 60 service_is_ready "$1"
}

# billing as a command: audit, load-catalog and the like. The service itself never has the master
# secret; create-operator-key shows what is derived from it.
billing_command() { # argument...
    local binary
    binary=$(service_binary billing) || return
    (export_settings billing &&
        SIGNING_MASTER_SECRET=${SIGNING_MASTER_SECRET-$SIGNING_SECRET} exec "$binary" "$@" 9>&-)
}

# The notifier as a command: migrate.
notifier_command() { # argument...
    local binary
    binary=$(service_binary notifier) || return
    (export_settings notifier && exec "$binary" "$@" 9>&-)
}

provisioners_scale() { # workers a location
    local name wanted
    wanted=$(provisioner_names "$1")
    for name in $(provisioners_up); do
        grep -qx "$name" <<<"$wanted" || end_process "$name"
    done
    for name in $wanted; do
        service_launch "$name"
    done
    for name in $wanted; do
        await "$name" 60 service_is_ready "$name"
    done
    printf '%s\n' "$1" >"$RUN_DIR/provisioners"
}
