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

load_secrets() {
    local file=$RUN_DIR/secrets
    mkdir -p "$RUN_DIR"
    if [[ ! -f $file ]]; then
        (
            umask 077
            {
                printf 'RPC_TOKEN=%s\n' "$(random_text 32)"
                printf 'REDIS_PASSWORD=%s\n' "$(random_text 24)"
                printf 'POSTGRES_PASSWORD=%s\n' "$(random_text 24)"
                printf 'OWNER_PASSWORD=%s\n' "$(random_text 24)"
                printf 'BILLING_PASSWORD=%s\n' "$(random_text 24)"
                make_seal_pair
            } >"$file.new"
        )
        mv "$file.new" "$file"
    fi
    # shellcheck source=/dev/null
    source "$file"
}
