# PostgreSQL 15 under .run/postgres: loopback only, passwords for everybody, every commit on disk.
# It refuses to run as root, so root starts it as another user. Sourced.
# shellcheck shell=bash

POSTGRES_BIN=/usr/lib/postgresql/15/bin
POSTGRES_DATA=$RUN_DIR/postgres/data

# Fills `postgres_as`, the words before each server command.
postgres_find_user() {
    local user=postgres
    postgres_as=(env)
    [[ $(id -u) == 0 ]] || return 0
    id -u "$user" >/dev/null 2>&1 || user=nobody
    postgres_as=(setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups)
    # A checkout in root's home is closed to others: let the server walk through, not write.
    if ! "${postgres_as[@]}" test -x "$RUN_DIR"; then
        postgres_as+=(--inh-caps +dac_read_search --ambient-caps +dac_read_search)
    fi
    postgres_owner=$user
}

postgres_settings() {
    cat <<CONF
listen_addresses = '127.0.0.1'
port = $POSTGRES_PORT
unix_socket_directories = ''
max_connections = 100
shared_buffers = 256MB
max_wal_size = 2GB
wal_compression = lz4
fsync = on
synchronous_commit = on
logging_collector = off
log_min_messages = warning
log_line_prefix = '%m [%p] %u '
CONF
}

postgres_init() {
    [[ -f $POSTGRES_DATA/PG_VERSION ]] && return
    local password_file=$RUN_DIR/postgres/password status=0
    rm -rf "$POSTGRES_DATA"
    mkdir -p "$POSTGRES_DATA"
    chmod 700 "$POSTGRES_DATA"
    (umask 077 && printf '%s\n' "$POSTGRES_PASSWORD" >"$password_file")
    [[ -z $postgres_owner ]] || chown -R "$postgres_owner" "$RUN_DIR/postgres"
    "${postgres_as[@]}" "$POSTGRES_BIN/initdb" -D "$POSTGRES_DATA" -U postgres --auth=scram-sha-256 \
        "--pwfile=$password_file" --encoding=UTF8 --locale=C --no-sync \
        >"$RUN_DIR/log/initdb.log" 2>&1 || status=$?
    rm -f "$password_file"
    [[ $status == 0 ]] || { cat "$RUN_DIR/log/initdb.log" >&2; return 1; }
}

postgres_conninfo() { # role password
    printf 'host=127.0.0.1 port=%s dbname=slipway user=%s password=%s' "$POSTGRES_PORT" "$1" "$2"
}

postgres_admin() { # psql arguments...
    PGPASSWORD=$POSTGRES_PASSWORD "$POSTGRES_BIN/psql" -X -q -v ON_ERROR_STOP=1 -h 127.0.0.1 \
        -p "$POSTGRES_PORT" -U postgres "$@"
}

# A role that came with a later version, and may log in to a database of an earlier one.
postgres_make_notifier() {
    [[ $(postgres_admin -d slipway -Atc "SELECT to_regrole('slipway_notifier') IS NOT NULL") == t ]] &&
        return
    postgres_admin -d slipway <<SQL
CREATE ROLE slipway_notifier LOGIN PASSWORD '$NOTIFIER_PASSWORD';
GRANT CONNECT ON DATABASE slipway TO slipway_notifier;
SQL
}

# The owner makes the schemas and migrates them; each service's role reaches its own only.
postgres_make_database() {
    [[ $(postgres_admin -Atc "SELECT count(*) FROM pg_database WHERE datname = 'slipway'") == 1 ]] &&
        return
    postgres_admin -d postgres <<SQL
CREATE ROLE slipway_owner LOGIN PASSWORD '$OWNER_PASSWORD';
CREATE ROLE slipway_billing LOGIN PASSWORD '$BILLING_PASSWORD';
SQL
    postgres_admin -d postgres -c 'CREATE DATABASE slipway_new'
    postgres_admin -d slipway_new <<'SQL'
REVOKE ALL ON DATABASE slipway_new FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT CONNECT, CREATE ON DATABASE slipway_new TO slipway_owner;
GRANT CONNECT ON DATABASE slipway_new TO slipway_billing;
SQL
    postgres_admin -d postgres -c 'ALTER DATABASE slipway_new RENAME TO slipway'
}

# A killed server leaves its pid file, and looks alive to PostgreSQL while nobody has reaped it.
postgres_forget_dead() {
    local file=$POSTGRES_DATA/postmaster.pid pid
    [[ -f $file ]] || return 0
    read -r pid <"$file"
    start_time "$pid" >/dev/null || rm -f "$file"
}

postgres_is_ready() {
    postgres_admin -d postgres -Atc 'SELECT 1'
}

postgres_start() {
    local postgres_owner='' postgres_as=()
    is_up postgres && return
    mkdir -p "$RUN_DIR/postgres" "$RUN_DIR/log"
    postgres_find_user
    postgres_init || return
    postgres_settings >"$POSTGRES_DATA/slipway.conf"
    grep -q slipway.conf "$POSTGRES_DATA/postgresql.conf" ||
        printf "include 'slipway.conf'\n" >>"$POSTGRES_DATA/postgresql.conf"
    postgres_forget_dead
    launch postgres "${postgres_as[@]}" "$POSTGRES_BIN/postgres" -D "$POSTGRES_DATA"
    await postgres 60 postgres_is_ready || return
    postgres_make_database && postgres_make_notifier
}

# INT is the fast shutdown: open transactions are rolled back.
postgres_stop() {
    end_process postgres INT 30
}

# All processes at once, as when the machine's power goes.
postgres_kill() {
    local pid
    local -a all
    pid=$(pid_of postgres) || return 0
    read -ra all <"/proc/$pid/task/$pid/children" || true # it ends without a newline
    kill -s KILL "$pid" "${all[@]}" 2>/dev/null || true
    for pid in "$pid" "${all[@]}"; do
        await_end "$pid" 10 || return
    done
    rm -f "$RUN_DIR/pid/postgres"
}
