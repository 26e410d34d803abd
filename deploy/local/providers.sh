# The payment providers' stand-ins, so that a deposit can be paid on this machine: no money moves in
# them. Sourced.
# shellcheck shell=bash

# What both sides must know, for the stand-ins and for billing.
providers_secret() { # provider
    case $1 in
    cryptobot) printf '1000:%s\n' "$PROVIDER_TOKEN" ;;
    *) printf '%s-%s\n' "$1" "$PROVIDER_TOKEN" ;;
    esac
}

providers_environment() {
    local name
    for name in crypto cryptobot xrocket lolz sbp; do
        printf '%s\n' "STANDIN_${name^^}_TOKEN=$(providers_secret "$name")" \
            "STANDIN_${name^^}_SECRET=$(providers_secret "$name")-2"
    done
    printf '%s\n' STANDIN_LOLZ_ACCOUNT=77 \
        STANDIN_SBP_ACCOUNT=11111111-2222-3333-4444-555555555555
}

# billing's half: NAME=value lines.
providers_settings() {
    local url=http://127.0.0.1:$PROVIDERS_PORT name
    providers_environment | sed 's/^STANDIN_/PROVIDER_/'
    for name in crypto cryptobot xrocket lolz sbp; do
        printf '%s\n' "PROVIDER_${name^^}_URL=$url/$name"
    done
    printf '%s\n' "DEPOSIT_CALLBACK_BASE_URL=http://127.0.0.1:$GATEWAY_PORT/hosting/api/v1" \
        "DEPOSIT_RETURN_URL=$url/"
}

providers_are_ready() {
    curl -fsS -m 2 "http://127.0.0.1:$PROVIDERS_PORT/__/health"
}

providers_start() {
    local line
    is_up providers && return
    (
        while IFS= read -r line; do
            export "${line?}"
        done < <(providers_environment)
        launch providers python3 "$ROOT/tests/providers/serve.py" --port "$PROVIDERS_PORT" \
            --callbacks "http://127.0.0.1:$GATEWAY_PORT/hosting/api/v1/callbacks"
    )
    await providers 20 providers_are_ready
}

providers_stop() {
    end_process providers
}
