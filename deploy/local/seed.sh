# What a new copy has to sell and who may buy: catalog, inventory, an operator key, one funded
# reseller. Sourced.
# shellcheck shell=bash

API=http://127.0.0.1:$GATEWAY_PORT/hosting/api/v1
ENV_FILE=$RUN_DIR/env

seed_run() { # command of billing, its arguments...
    billing_command "$@" >"$RUN_DIR/log/$1.log" 2>&1 || die "$(cat "$RUN_DIR/log/$1.log")"
}

seed_migrate_notifier() {
    notifier_command migrate >"$RUN_DIR/log/migrate-notifier.log" 2>&1 ||
        die "$(cat "$RUN_DIR/log/migrate-notifier.log")"
}

# Again whenever the file has changed.
seed_load() { # command file
    local loaded=$RUN_DIR/$1.loaded
    [[ -f $loaded && ! $2 -nt $loaded ]] && return
    seed_run "$1" "$2"
    touch "$loaded"
}

seed_write_catalog() {
    local source=$ROOT/deploy/local/catalog.json made=$RUN_DIR/catalog.json
    [[ -f $made && ! $source -nt $made ]] && return
    if guests_are_on; then
        guests_write_catalog "$made"
    else
        cp "$source" "$made"
    fi
}

seed_write_inventory() {
    local source=$ROOT/deploy/local/inventory.example.json made=$RUN_DIR/inventory.json
    [[ -f $made && ! $source -nt $made ]] && return
    if guests_are_on; then
        guests_write_inventory "$made"
    else
        sed "s|@LIBVIRT_URI@|$LIBVIRT_URI|" "$source" >"$made"
    fi
}

seed_post() { # path body [header]
    curl -sS --fail-with-body -m 20 "$API/$1" -H 'Content-Type: application/json' \
        -H "Authorization: Bearer $operator_key" ${3:+-H "$3"} -d "$2" ||
        die "POST $1 was refused."
}

number_of() { # member json
    grep -o "\"$1\":[0-9]*" <<<"$2" | head -n 1 | cut -d : -f 2
}

key_in() { # text
    grep -o 'slip_hosting_[0-9A-Za-z]\{32\}' <<<"$1" | head -n 1
}

signing_secret_in() { # text
    grep -o '\<[0-9a-f]\{64\}\>' <<<"$1" | head -n 1
}

seed_people() {
    local operator_key made_operator user_id made_reseller
    [[ -f $ENV_FILE ]] && return
    say 'making an operator key and a funded reseller'
    made_operator=$(billing_command create-operator-key run) || return
    operator_key=$(key_in "$made_operator")
    user_id=$(number_of id "$(seed_post admin/users '{"name":"reseller acme"}')") || return
    seed_post "admin/users/$user_id/balance" '{"amount_usd":"100000.00","reason":"first funds"}' \
        "Idempotency-Key: first-funds-$user_id" >/dev/null || return
    made_reseller=$(seed_post admin/keys "{\"role\":\"reseller\",\"user_id\":$user_id,
        \"name\":\"reseller acme\",\"scopes\":[\"vps:read\",\"vps:write\",\"vps:buy\",\"deposits:write\"]}") || return
    (
        umask 077
        printf '%s\n' "SLIPWAY_URL=http://127.0.0.1:$GATEWAY_PORT" \
            "SLIPWAY_OPERATOR_KEY=$operator_key" \
            "SLIPWAY_OPERATOR_SIGNING_SECRET=$(signing_secret_in "$made_operator")" \
            "SLIPWAY_RESELLER_KEY=$(key_in "$made_reseller")" \
            "SLIPWAY_RESELLER_SIGNING_SECRET=$(signing_secret_in "$made_reseller")" \
            "SLIPWAY_RESELLER_USER_ID=$user_id" >"$ENV_FILE.new"
    )
    mv "$ENV_FILE.new" "$ENV_FILE"
}
