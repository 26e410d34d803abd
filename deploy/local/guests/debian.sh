#!/usr/bin/env bash
# A whole Debian 12 for guests: systemd, cloud-init, sshd and the guest agent. Needs root, mmdebstrap
# and Debian's package index.
#
#   debian.sh <image>
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/boot.sh"

PACKAGES=(systemd-sysv udev dbus openssh-server cloud-init qemu-guest-agent iproute2 netbase
    ca-certificates linux-image-cloud-amd64 initramfs-tools e2fsprogs cloud-guest-utils)

# This machine's sources of Debian, wherever it keeps them. They stay out of the image: a mirror is its
# owner's choice.
sources() {
    find /etc/apt/sources.list /etc/apt/sources.list.d -type f \( -name '*.list' -o -name '*.sources' \) \
        -exec grep -lE '(deb|URIs:).*debian' '{}' + 2>/dev/null
}

bootstrap() { # tar
    local -a from
    mapfile -t from < <(sources)
    mmdebstrap --quiet --variant=minbase --mode=root --aptopt='APT::Install-Recommends "false"' \
        "--include=$(IFS=, && echo "${PACKAGES[*]}")" \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
        bookworm "$1" "${from[@]}"
}

# No machine's identity may be in an image, and no password opens it before the seed has set one.
write_settings() { # root
    printf 'LABEL=root / ext4 defaults,noatime 0 1\n' >"$1/etc/fstab"
    : >"$1/etc/machine-id"
    rm -f "$1"/etc/ssh/ssh_host_* "$1/etc/hostname" "$1/etc/apt/sources.list" \
        "$1"/etc/apt/sources.list.d/*
    cat >"$1/etc/cloud/cloud.cfg.d/90_slipway.cfg" <<'CONF'
datasource_list: [ NoCloud, None ]
system_info: { network: { renderers: [ networkd ] } }
apt_preserve_sources_list: true
locale: false
ssh_genkeytypes: [ ed25519 ]
CONF
    chroot "$1" systemctl enable systemd-networkd.service
    mkdir -p "$1/boot/extlinux"
    ln -sf "$(cd "$1/boot" && echo vmlinuz-*)" "$1/boot/vmlinuz"
    ln -sf "$(cd "$1/boot" && echo initrd.img-*)" "$1/boot/initrd.img"
    boot_config quiet >"$1/boot/extlinux/extlinux.conf"
}

main() { # image
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    bootstrap "$work/root.tar"
    mkdir "$work/root"
    tar -C "$work/root" -xf "$work/root.tar"
    write_settings "$work/root"
    make_image "$work/root" 2G "$1"
}

main "$@"
