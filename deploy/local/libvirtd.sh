# A libvirtd of its own under .run/libvirt that serves libvirt's test driver on its socket, and a
# process that keeps one connection open: the driver forgets its machines with the last one. Needs no
# root. Sourced, or run as: libvirtd.sh start|stop|status, which prints the URI.
# shellcheck shell=bash

# shellcheck source=deploy/local/common.sh
[[ -v RUN_DIR ]] || source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

LIBVIRT_DIR=$RUN_DIR/libvirt
LIBVIRT_URI="test+unix:///default?socket=$LIBVIRT_DIR/libvirt-sock"
NODE_HOLDER=${SLIPWAY_NODE_HOLDER:-$BUILD/services/provisioner/slipway-node-holder}

# The limits are per client, and a worker's threads share one connection. libvirt takes settings with
# quoted values only, so a path with a double quote is no good.
libvirtd_write_config() {
    mkdir -p "$LIBVIRT_DIR/drivers" "$LIBVIRT_DIR/home"
    # What a unix socket's name has room for.
    ((${#LIBVIRT_DIR} < 90)) || die "$LIBVIRT_DIR is too long a path for a socket"
    cat >"$LIBVIRT_DIR/libvirtd.conf" <<CONF
listen_tls = 0
listen_tcp = 0
auth_unix_rw = "none"
auth_unix_ro = "none"
unix_sock_dir = "$LIBVIRT_DIR"
unix_sock_ro_perms = "0700"
unix_sock_rw_perms = "0700"
max_clients = 1024
max_anonymous_clients = 1024
max_workers = 20
max_client_requests = 64
log_outputs = "4:stderr"
CONF
}

# With no driver to load only the built-in ones are left, of which the test driver is one: no qemu, no
# storage or network of this machine is ever touched.
libvirtd_launch() {
    launch libvirtd env "LIBVIRT_DRIVER_DIR=$LIBVIRT_DIR/drivers" "HOME=$LIBVIRT_DIR/home" \
        "XDG_RUNTIME_DIR=$LIBVIRT_DIR/home" "XDG_CONFIG_HOME=$LIBVIRT_DIR/home" \
        "XDG_CACHE_HOME=$LIBVIRT_DIR/home" \
        "$(command -v libvirtd || echo /usr/sbin/libvirtd)" -f "$LIBVIRT_DIR/libvirtd.conf" \
        -p "$LIBVIRT_DIR/libvirtd.pid"
}

holder_is_ready() {
    grep -q '^ready$' "$RUN_DIR/log/node-holder.log"
}

libvirtd_start() {
    if ! is_up libvirtd; then
        end_process node-holder
        libvirtd_write_config
        rm -f "$LIBVIRT_DIR/libvirt-sock" "$LIBVIRT_DIR/libvirtd.pid"
        libvirtd_launch
        await libvirtd 20 test -S "$LIBVIRT_DIR/libvirt-sock" || return
    fi
    is_up node-holder && return
    rm -f "$RUN_DIR/log/node-holder.log"
    launch node-holder "$NODE_HOLDER" "$LIBVIRT_URI"
    await node-holder 20 holder_is_ready
}

libvirtd_stop() {
    end_process node-holder
    end_process libvirtd
}

libvirtd_kill() {
    end_process libvirtd KILL
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
    set -euo pipefail
    case ${1:-} in
    start) libvirtd_start && printf '%s\n' "$LIBVIRT_URI" ;;
    stop) libvirtd_stop ;;
    status)
        is_up libvirtd || die 'libvirtd is down'
        is_up node-holder || die 'nothing holds a connection to libvirtd'
        printf '%s\n' "$LIBVIRT_URI"
        ;;
    *) die "usage: libvirtd.sh start|stop|status" ;;
    esac
fi
