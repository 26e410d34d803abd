# The console proxy of ./run --guests (deploy/console): the guests' screens in a browser. One serves
# all locations, for they share one libvirt. It sees the folders that this libvirt sees, and is itself
# reached on this machine's loopback. Sourced.
# shellcheck shell=bash

CONSOLE_URL=http://127.0.0.1:$CONSOLE_PORT

console_settings() {
    printf '%s\n' "CONSOLE_PORT=$CONSOLE_PORT" "CONSOLE_NODES=$(console_nodes)" \
        "CONSOLE_LIBVIRT_URI=$(guests_uri)" REDIS_HOST=127.0.0.1 "REDIS_PORT=$REDIS_PORT" \
        "REDIS_PASSWORD=$REDIS_PASSWORD"
}

console_nodes() {
    local -a names
    mapfile -t names < <(grep -oP '"nodes": .*?"name": "\K[^"]+' "$GUESTS_SOURCE/inventory.json")
    printf '%s\n' "${names[*]}"
}

console_is_ready() {
    curl -fsS -m 2 -o /dev/null "$CONSOLE_URL/vnc.html"
}

console_start() {
    guests_have_screens || die 'Screens are of machines that boot: ./run --guests.'
    is_up console && return
    local libvirtd
    libvirtd=$(pid_of libvirtd) || die 'The console proxy needs libvirtd.'
    (export_settings console &&
        launch console nsenter "--mount=/proc/$libvirtd/ns/mnt" /usr/bin/python3 \
            "$ROOT/deploy/console/serve.py")
    await console 20 console_is_ready
}

console_stop() {
    end_process console
}
