# Real machines for ./run --guests: a libvirtd with the qemu driver, a network and images, all under
# .run/guests and in a network namespace of its own, so that this machine's libvirt, firewall and
# bridges stay as they are. With ./run --light the driver is LXC: light.sh. Needs root. Sourced.
# shellcheck shell=bash

GUESTS_DIR=$RUN_DIR/guests
GUESTS_SOURCE=$ROOT/deploy/local/guests
GUESTS_IMAGES=$GUESTS_DIR/lib/images
# As libvirtd sees its pool; other processes find it in .run/guests/lib.
GUESTS_POOL=/var/lib/libvirt/images
GUESTS_NETNS=slipway-$PORT_BASE
GUESTS_LINK=slip-$PORT_BASE
# The guests' own network and, between it and this machine, one of two addresses.
GUESTS_NETWORK=${SLIPWAY_GUEST_NETWORK:-10.77.$((PORT_BASE / 100 % 256))}
GUESTS_UPLINK=${SLIPWAY_GUEST_UPLINK:-10.78.$((PORT_BASE / 100 % 256))}
# Likewise, of RFC 4193.
GUESTS_NETWORK6=${SLIPWAY_GUEST_NETWORK6:-fd77:5110:$((PORT_BASE / 100))}
GUESTS_UPLINK6=${SLIPWAY_GUEST_UPLINK6:-fd78:5110:$((PORT_BASE / 100))}

# What is sold with an image; all but a named or a full one are the small guest.
GUESTS_OS=(ubuntu-22 ubuntu-24 debian-12 alma-9)

guests_are_on() {
    [[ -e $GUESTS_DIR/on ]]
}

guests_kind() { # "": machines of the test driver
    ! guests_are_on || if light_is_on; then echo light; else echo guests; fi
}

guests_have_screens() {
    [[ $(guests_kind) == guests ]]
}

guests_uri() {
    printf '%s+unix:///system?socket=%s/run/libvirt-sock\n' \
        "$(if light_is_on; then echo lxc; else echo qemu; fi)" "$GUESTS_DIR"
}

# How the files of images and disks end.
guests_format() {
    if light_is_on; then echo raw; else echo qcow2; fi
}

# A copy keeps its kind: what billing knows of machines would be wrong with another one.
guests_choose() { # guests or light
    local kind obstacle
    kind=$(guests_kind)
    [[ $kind != "$1" ]] || return 0
    [[ ! -e $ENV_FILE && -z $kind ]] ||
        die "$RUN_DIR was started without --$1. Take another SLIPWAY_RUN_DIR, or ./run wipe."
    obstacle=$("${1}_obstacle")
    [[ -z $obstacle ]] || die "No --$1 on this machine: $obstacle."
    mkdir -p "$GUESTS_DIR"
    printf '%s\n' "$1" >"$GUESTS_DIR/on"
}

# Why there can be no guests here; empty: there can.
guests_obstacle() {
    [[ $(id -u) == 0 ]] || { echo 'only root can make networks'; return; }
    [[ $(uname -m) == x86_64 ]] || { echo "the guests' images are for x86_64"; return; }
    unshare --mount --net true 2>/dev/null || { echo 'no namespaces can be made'; return; }
    [[ -e /dev/loop-control ]] || echo 'images need loop devices'
}

# ---- the network: guests answer who calls them from this machine, and call nobody but one another.

guests_rules() {
    cat <<RULES
table inet slipway {
    chain forward {
        type filter hook forward priority filter; policy drop;
        ct state established,related accept
        iifname { "uplink", "guests0" } oifname "guests0" accept
    }
    chain input {
        type filter hook input priority filter; policy drop;
        iifname "lo" accept
        iifname "uplink" accept
        ct state established,related accept
        iifname "guests0" icmp type echo-request accept
        iifname "guests0" icmpv6 type { echo-request, nd-neighbor-solicit, nd-neighbor-advert } accept
    }
}
RULES
}

guests_network_up() {
    [[ -e /run/netns/$GUESTS_NETNS ]] && return
    ip netns add "$GUESTS_NETNS"
    ip -n "$GUESTS_NETNS" link set lo up
    ip link add "$GUESTS_LINK" type veth peer name uplink netns "$GUESTS_NETNS"
    ip addr add "$GUESTS_UPLINK.1/30" dev "$GUESTS_LINK"
    ip link set "$GUESTS_LINK" up
    ip -n "$GUESTS_NETNS" addr add "$GUESTS_UPLINK.2/30" dev uplink
    ip -n "$GUESTS_NETNS" link set uplink up
    ip -n "$GUESTS_NETNS" route add default via "$GUESTS_UPLINK.1"
    ip route add "$GUESTS_NETWORK.0/24" via "$GUESTS_UPLINK.2"
    ! ipv6_is_on || guests_network6_up
    guests_rules | ip netns exec "$GUESTS_NETNS" nft -f -
    ip netns exec "$GUESTS_NETNS" sysctl -qw net.ipv4.ip_forward=1
}

ipv6_is_on() {
    [[ -e /proc/net/if_inet6 ]]
}

# A kernel without IPv6 makes guests without it: what names it goes.
guests_fill() { # template
    local -a without=()
    ipv6_is_on || without=(-e '/@NETWORK6@/d')
    sed "${without[@]}" -e "s|@NETWORK@|$GUESTS_NETWORK|g; s|@NETWORK6@|$GUESTS_NETWORK6|g" "$1"
}

guests_network6_up() {
    ip addr add "$GUESTS_UPLINK6::1/64" dev "$GUESTS_LINK" nodad
    ip -n "$GUESTS_NETNS" addr add "$GUESTS_UPLINK6::2/64" dev uplink nodad
    ip -n "$GUESTS_NETNS" route add default via "$GUESTS_UPLINK6::1"
    ip route add "$GUESTS_NETWORK6::/64" via "$GUESTS_UPLINK6::2"
    ip netns exec "$GUESTS_NETNS" sysctl -qw net.ipv6.conf.all.forwarding=1
}

# The link and the routes go with the namespace.
guests_network_down() {
    [[ ! -e /run/netns/$GUESTS_NETNS ]] || ip netns del "$GUESTS_NETNS"
}

# ---- libvirtd, whose usual places are this copy's own in its mount namespace.

guests_write_config() {
    mkdir -p "$GUESTS_DIR"/{etc/qemu,run,lib/images,lib/dnsmasq,cache,log/qemu}
    ((${#GUESTS_DIR} < 80)) || die "$GUESTS_DIR is too long a path for a socket"
    chmod 711 "$GUESTS_DIR/lib" "$GUESTS_DIR/lib/images"
    cat >"$GUESTS_DIR/etc/libvirtd.conf" <<CONF
listen_tls = 0
listen_tcp = 0
auth_unix_rw = "none"
auth_unix_ro = "none"
unix_sock_dir = "$GUESTS_DIR/run"
unix_sock_ro_perms = "0700"
unix_sock_rw_perms = "0700"
max_clients = 1024
max_anonymous_clients = 1024
max_client_requests = 64
log_outputs = "3:stderr"
CONF
    cat >"$GUESTS_DIR/etc/qemu.conf" <<CONF
user = "libvirt-qemu"
group = "kvm"
dynamic_ownership = 1
remember_owner = 0
security_driver = "none"
namespaces = [ ]
cgroup_controllers = [ ]
stdio_handler = "file"
CONF
    ! light_is_on || light_write_config
}

# Becomes libvirtd, in both namespaces. tini reaps what libvirtd leaves behind: not every machine's
# first process does, and libvirtd waits for each of its children to be gone. Guests have to be able
# to open KVM's device, or libvirtd looks at qemu anew at every call.
guests_enter() { # folder [light]
    local place
    [[ -z ${2:-} ]] || light_enter
    for place in etc run lib cache log; do
        case $place in
        etc) set -- "$1" /etc/libvirt ;;
        run) set -- "$1" /run/libvirt ;;
        *) set -- "$1" "/var/$place/libvirt" ;;
        esac
        mkdir -p "$2"
        mount --bind "$1/$place" "$2"
    done
    if [[ -c /dev/kvm ]]; then
        rm -f "$1/kvm-device"
        mknod -m 660 "$1/kvm-device" c 10 232
        chgrp kvm "$1/kvm-device"
        mount --bind "$1/kvm-device" /dev/kvm
    fi
    exec tini -s -- setpriv --pdeathsig KILL \
        libvirtd -f "$1/etc/libvirtd.conf" -p "$1/run/libvirtd.pid"
}

guests_launch_libvirtd() {
    launch libvirtd nsenter "--net=/run/netns/$GUESTS_NETNS" \
        unshare --mount --propagation private bash -euc \
        "$(declare -f guests_enter light_enter); guests_enter \"\$@\"" libvirtd "$GUESTS_DIR" \
        "$(! light_is_on || echo light)"
}

guests_virsh() { # command...
    virsh -q -c "$(guests_uri)" "$@"
}

guests_libvirtd_is_ready() {
    guests_virsh version
}

guests_define() {
    guests_fill "$GUESTS_SOURCE/network.xml" >"$GUESTS_DIR/network.xml"
    guests_virsh nwfilter-define "$GUESTS_SOURCE/filter.xml" >/dev/null
    guests_virsh net-info slipway >/dev/null 2>&1 ||
        guests_virsh net-define "$GUESTS_DIR/network.xml" >/dev/null
    guests_virsh net-list --name | grep -qw slipway || guests_virsh net-start slipway >/dev/null
    guests_virsh pool-info images >/dev/null 2>&1 ||
        guests_virsh pool-define-as images dir --target "$GUESTS_POOL" >/dev/null
    guests_virsh pool-list --name | grep -qw images || guests_virsh pool-start images >/dev/null
    guests_virsh pool-refresh images >/dev/null
}

# ---- images: built once, kept beside the copy's other state until it is wiped.

guests_image_of() { # os; the file that SLIPWAY_IMAGES="<os>=<file> ..." names for it
    local entry
    for entry in ${SLIPWAY_IMAGES:-}; do
        [[ $entry != "$1="* ]] || printf '%s\n' "${entry#*=}"
    done
}

# An image stays as it is once it is there: disks are overlays on it.
guests_lacks() { # os
    [[ ! -e $GUESTS_IMAGES/$1.$(guests_format) ]]
}

guests_take_images() {
    local os file
    for os in "${GUESTS_OS[@]}"; do
        file=$(guests_image_of "$os")
        if [[ -z $file ]] || ! guests_lacks "$os"; then
            continue
        fi
        logged "$RUN_DIR/log/image-$os.log" "taking $file for $os" \
            qemu-img convert -O qcow2 "$file" "$GUESTS_IMAGES/$os.qcow2.new" || return
        mv "$GUESTS_IMAGES/$os.qcow2.new" "$GUESTS_IMAGES/$os.qcow2"
    done
}

guests_build_images() {
    local os kind=small
    local -a missing=()
    if light_is_on; then
        kind=light
    else
        guests_take_images || return
    fi
    if [[ -n ${SLIPWAY_GUESTS_FULL:-} && $kind == small ]] && guests_lacks debian-12; then
        logged "$RUN_DIR/log/image-debian.log" 'building the full Debian 12, some minutes' \
            "$GUESTS_SOURCE/debian.sh" "$GUESTS_IMAGES/debian-12.qcow2" || return
    fi
    for os in "${GUESTS_OS[@]}"; do
        guests_lacks "$os" && missing+=("$os")
    done
    ((${#missing[@]})) || return 0
    logged "$RUN_DIR/log/image-$kind.log" "building the $kind guest" \
        "$GUESTS_SOURCE/$kind.sh" "$GUESTS_IMAGES" "${missing[@]}"
}

# Some machines offer KVM and hang in it, and libvirt's lists don't tell: a guest has to boot.
guests_probe_kvm() {
    local disk=$GUESTS_DIR/probe.qcow2 console=$GUESTS_DIR/probe.log pid found=off tries
    ! light_is_on || echo off >"$GUESTS_DIR/kvm"
    [[ -e $GUESTS_DIR/kvm ]] && return
    if [[ -w /dev/kvm ]]; then
        say 'trying whether a guest boots with KVM'
        qemu-img create -q -f qcow2 -F qcow2 -b "$GUESTS_IMAGES/${GUESTS_OS[0]}.qcow2" "$disk"
        : >"$console"
        timeout 20 qemu-system-x86_64 -accel kvm -m 256 -display none -nodefaults -no-reboot \
            -drive "if=virtio,file=$disk" -serial "file:$console" >"$RUN_DIR/log/kvm.log" 2>&1 9>&- &
        pid=$!
        for ((tries = 0; tries < 100; tries++)); do
            grep -q 'slipway: up' "$console" && found=on && break
            # A guest that stumbles leaves qemu standing.
            grep -q 'KVM internal error' "$RUN_DIR/log/kvm.log" && break
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.2
        done
        kill "$pid" 2>/dev/null || true
        wait "$pid" || true
        rm -f "$disk"
    fi
    printf '%s\n' "$found" >"$GUESTS_DIR/kvm"
    [[ $found == on ]] || say 'guests are emulated: KVM does not boot them here'
}

# ---- what billing is told

guests_write_catalog() { # file
    local os
    local -a changes=()
    for os in "${GUESTS_OS[@]}"; do
        changes+=(-e "/\"code\": \"$os\"/s|\"image\": \"none\"|\"image\": \"volume:images/$os.$(guests_format)\"|")
    done
    sed "${changes[@]}" "$ROOT/deploy/local/catalog.json" >"$1"
}

# A light machine's sizes are limits that it hardly ever fills: there are as many as addresses.
guests_write_inventory() { # file
    local ram_mb vcpu=32
    ram_mb=$(awk '/^MemTotal:/ { print int($2 / 1024 / 2) }' /proc/meminfo)
    ! light_is_on || { ram_mb=2000000 vcpu=1000; }
    guests_fill "$GUESTS_SOURCE/inventory.json" |
        sed "s|@LIBVIRT_URI@|$(guests_uri)|; s|@RAM_MB@|$ram_mb|g; s|@VCPU@|$vcpu|g
            s|@CONSOLE_URL@|$CONSOLE_URL|" >"$1"
    ! light_is_on || light_without_screens "$1"
}

# The provisioner's half: NAME=value lines.
guests_settings() {
    printf '%s\n' PROVISIONER_NETWORK=slipway PROVISIONER_NETWORK_FILTER=slipway-guest \
        "PROVISIONER_KVM=$(cat "$GUESTS_DIR/kvm")" PROVISIONER_SHUTDOWN_MS=10000
}

# ---- start and stop

guests_start() {
    guests_network_up || return
    if ! is_up libvirtd; then
        guests_write_config
        guests_launch_libvirtd
        await libvirtd 30 guests_libvirtd_is_ready || return
    fi
    guests_build_images || return
    guests_probe_kvm
    guests_define || return
    guests_resume
}

# What ran when the copy was stopped.
guests_resume() {
    local name
    [[ -e $GUESTS_DIR/ran ]] || return 0
    while IFS= read -r name; do
        [[ -z $name ]] || guests_virsh start "$name" >/dev/null || true
    done <"$GUESTS_DIR/ran"
    rm -f "$GUESTS_DIR/ran"
}

guests_destroy_all() {
    local name
    while IFS= read -r name; do
        [[ -z $name ]] || guests_virsh destroy "$name" >/dev/null || true
    done <"$GUESTS_DIR/ran"
}

# Without libvirtd too nothing is left running: whatever lives in the namespace is ours. Light
# machines always end like that, for many would take long one by one.
guests_stop() {
    local pid
    if is_up libvirtd && guests_virsh list --name >"$GUESTS_DIR/ran.new"; then
        mv "$GUESTS_DIR/ran.new" "$GUESTS_DIR/ran"
        light_is_on || guests_destroy_all
    fi
    end_process libvirtd
    [[ -e /run/netns/$GUESTS_NETNS ]] || return 0
    ! light_is_on || light_kill
    for pid in $(ip netns pids "$GUESTS_NETNS"); do
        kill -s KILL "$pid" 2>/dev/null || true
        await_end "$pid" 5 || true
    done
    guests_network_down
    ! light_is_on || light_forget
}
