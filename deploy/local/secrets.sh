# Passwords, the token between services and the key pair for root passwords: made once, in a file
# only its owner reads. Sourced.
# shellcheck shell=bash

# An X25519 pair is what libsodium's sealed boxes take; the raw keys end both DER forms.
make_seal_pair() {
    local pem
    pem=$(openssl genpkey -algorithm X25519)
    printf 'SEAL_SECRET_KEY=%s\n' \
        "$(openssl pkey -outform DER <<<"$pem" | tail -c 32 | base64)"
    printf 'SEAL_PUBLIC_KEY=%s\n' \
        "$(openssl pkey -pubout -outform DER <<<"$pem" | tail -c 32 | base64)"
}

# Secrets that came with a later version are added to a file of an earlier one.
add_missing_secrets() { # file
    local name
    for name in RPC_TOKEN REDIS_PASSWORD POSTGRES_PASSWORD OWNER_PASSWORD BILLING_PASSWORD \
        NOTIFIER_PASSWORD SIGNING_SECRET PROVIDER_TOKEN; do
        grep -q "^$name=" "$1" || printf '%s=%s\n' "$name" "$(random_text 32)"
    done
    grep -q '^SEAL_SECRET_KEY=' "$1" || make_seal_pair
    grep -q '^NOTIFIER_SECRET_KEY=' "$1" ||
        printf 'NOTIFIER_SECRET_KEY=%s\n' "$(openssl rand -base64 32)"
}

load_secrets() {
    local file=$RUN_DIR/secrets missing
    mkdir -p "$RUN_DIR"
    (umask 077 && touch "$file")
    # Several commands may look at once; only the first one of all, alone under its lock, adds.
    missing=$(add_missing_secrets "$file")
    [[ -z $missing ]] || printf '%s\n' "$missing" >>"$file"
    # shellcheck source=/dev/null
    source "$file"
}
