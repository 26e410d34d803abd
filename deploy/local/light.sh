# Light machines for ./run --light: libvirt's LXC driver in the place of qemu, in the same folder,
# network and namespaces as the guests of guests.sh. Needs root. Sourced.
# shellcheck shell=bash

light_is_on() {
    [[ -e $GUESTS_DIR/on && $(<"$GUESTS_DIR/on") == light ]]
}

# Why there can be no light machines here; empty: there can.
light_obstacle() {
    guests_obstacle
    grep -qw ext4 /proc/filesystems || echo 'the kernel has no ext4'
}

# libvirt takes one kind of control groups, and refuses the newer one beside the older.
light_enter() {
    ! mountpoint -q /sys/fs/cgroup/unified || umount /sys/fs/cgroup/unified
}

light_write_config() {
    mkdir -p "$GUESTS_DIR"/{etc/hooks,log/lxc}
    install -m 755 "$GUESTS_SOURCE/light/grow" "$GUESTS_DIR/etc/hooks/lxc"
}

# A first process ends with its machine's other ones, and with the libvirt_lxc that keeps it.
light_kill() {
    local pid
    for pid in $(ip netns pids "$GUESTS_NETNS"); do
        [[ $(cat "/proc/$pid/comm" 2>/dev/null) == libvirt_lxc ]] || continue
        xargs -r kill -s KILL 2>/dev/null <"/proc/$pid/task/$pid/children" || true
    done
}

# What libvirtd has noted as running would be so no more after a start of the node.
light_forget() {
    rm -rf "$GUESTS_DIR/run"
}

# A node without screens is one without a proxy to them.
light_without_screens() { # inventory
    sed -i -e '/"console_url"/d' -e 's/"disk_gb": \([0-9]*\),$/"disk_gb": \1}],/' "$1"
}
