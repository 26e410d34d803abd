# What ./run, ./test and the scripts beside this file share: where things are, ports, processes,
# progress. Sourced, never run.
# shellcheck shell=bash disable=SC2034  # names are used by those who source it

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
RUN_DIR=${SLIPWAY_RUN_DIR:-$ROOT/.run}
[[ $RUN_DIR == /* ]] || RUN_DIR=$PWD/$RUN_DIR
BUILD=${SLIPWAY_BUILD:-$ROOT/build/release}
[[ $BUILD == /* ]] || BUILD=$PWD/$BUILD
read -ra LOCATIONS <<<"${SLIPWAY_LOCATIONS:-de nl us}"

# The public port is the base itself, or the customary 8080 when nobody named a base.
PORT_BASE=${SLIPWAY_PORT_BASE:-7100}
GATEWAY_PORT=${SLIPWAY_PORT_BASE:-8080}
BILLING_PORT=$((PORT_BASE + 1))
POSTGRES_PORT=$((PORT_BASE + 2))
REDIS_PORT=$((PORT_BASE + 3))
KAFKA_PORT=$((PORT_BASE + 4))
KAFKA_CONTROLLER_PORT=$((PORT_BASE + 5))
GATEWAY_ADMIN_PORT=$((PORT_BASE + 6))
BILLING_ADMIN_PORT=$((PORT_BASE + 7))
PROVIDERS_PORT=$((PORT_BASE + 8))
CONSOLE_PORT=$((PORT_BASE + 9))
NOTIFIER_PORT=$((PORT_BASE + 11))
NOTIFIER_ADMIN_PORT=$((PORT_BASE + 12))
PROVISIONER_ADMIN_PORT=$((PORT_BASE + 20)) # and the ones that follow, a port a worker

say() {
    printf '[%3d s] %s\n' "$SECONDS" "$*"
}

die() {
    printf '%s\n' "$*" >&2
    exit 1
}

# A line each ten seconds with the last words of a log, until killed.
show_progress() { # log
    local never
    exec {never}<> <(:)
    while ! read -r -t 10 -u "$never"; do
        say "    … $(tail -c 400 "$1" | tr '\r' '\n' | sed 's/\x1b\[[0-9;]*m//g' | grep -v '^ *$' | tail -n 1 | cut -c 1-90)"
    done
}

# Runs a command with its output in a log; says what, then progress, then the log's end on failure.
logged() { # log what command...
    local log=$1 what=$2 printer status=0
    shift 2
    say "$what"
    : >"$log"
    show_progress "$log" &
    printer=$!
    "$@" >"$log" 2>&1 </dev/null || status=$?
    kill "$printer" 2>/dev/null
    wait "$printer" 2>/dev/null || true
    [[ $status == 0 ]] && return
    printf '%s failed; the end of %s:\n' "$what" "$log" >&2
    tail -n 25 "$log" >&2
    return "$status"
}

# ---- processes: .run/pid/<name> holds "<pid> <start time>", so that a pid used again by a stranger
# is never taken for ours.

start_time() { # pid
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
    stat=${stat##*) }
    [[ $stat != Z* ]] || return 1 # a zombie is dead
    cut -d ' ' -f 20 <<<"$stat"
}

pid_of() { # name; fails when it does not run
    local pid started
    read -r pid started 2>/dev/null <"$RUN_DIR/pid/$1" || return 1
    [[ $(start_time "$pid") == "$started" ]] || return 1
    printf '%s\n' "$pid"
}

is_up() {
    pid_of "$1" >/dev/null
}

# In a session of its own, output appended to .run/log/<name>.log.
launch() { # name command...
    local name=$1
    shift
    mkdir -p "$RUN_DIR/pid" "$RUN_DIR/log"
    setsid "$@" >>"$RUN_DIR/log/$name.log" 2>&1 </dev/null 9>&- &
    printf '%s %s\n' "$!" "$(start_time "$!")" >"$RUN_DIR/pid/$name"
}

# Waits until a check succeeds; fails when the process dies or time is up, with the log's end.
await() { # name seconds check...
    local name=$1 deadline=$((SECONDS + $2))
    shift 2
    until "$@" >/dev/null 2>&1; do
        if ! is_up "$name"; then
            printf '%s ended; the end of %s:\n' "$name" "$RUN_DIR/log/$name.log" >&2
            tail -n 20 "$RUN_DIR/log/$name.log" >&2
            return 1
        fi
        if ((SECONDS > deadline)); then
            printf '%s is not ready; the end of %s:\n' "$name" "$RUN_DIR/log/$name.log" >&2
            tail -n 20 "$RUN_DIR/log/$name.log" >&2
            return 1
        fi
        sleep 0.05
    done
}

await_end() { # pid seconds
    local deadline=$((SECONDS + $2))
    while start_time "$1" >/dev/null; do
        ((SECONDS <= deadline)) || return 1
        sleep 0.02
    done
}

# TERM, then KILL when it does not end.
end_process() { # name [signal] [seconds]
    local pid
    if pid=$(pid_of "$1"); then
        kill -s "${2:-TERM}" "$pid" 2>/dev/null || true
        await_end "$pid" "${3:-15}" || {
            kill -s KILL "$pid" 2>/dev/null || true
            await_end "$pid" 5
        }
    fi
    rm -f "$RUN_DIR/pid/$1"
}

port_answers() { # port
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

random_text() { # bytes
    openssl rand -hex "$1"
}
