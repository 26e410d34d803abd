#!/usr/bin/env bash
# The small guest: Debian's kernel, busybox, dropbear and the guest agent. Boots in seconds even where
# processors are emulated, and reads a cloud-init seed as far as a login needs it. Needs root and
# Debian's package index.
#
#   small.sh <folder> <name>...     <folder>/<name>.qcow2 each; /etc/os-release inside tells the name
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/boot.sh"
source "$here/tree.sh"

PACKAGES=("${TREE_PACKAGES[@]}" qemu-guest-agent
    e2fsprogs libext2fs2 libcom-err2 libblkid1 libuuid1 libglib2.0-0 libpcre2-8-0 libudev1 libnuma1
    liburing2 libcap2 libgcc-s1)
DRIVERS=(virtio_pci virtio_blk virtio_net virtio_console virtio_rng ext4 crc32c_generic button evdev
    isofs)

kernel_package() {
    apt-cache depends linux-image-cloud-amd64 | sed -n 's/.*Depends: \(linux-image-\)/\1/p' | head -n 1
}

add_programs() { # packages root
    mkdir -p "$2"/{boot/extlinux,etc/acpi/PWRF}
    cp "$1/sbin/resize2fs" "$1/usr/sbin/qemu-ga" "$2/usr/sbin/"
}

write_settings() { # root
    install -m 644 "$here/small/inittab" "$1/etc/inittab"
    install -m 755 "$here/small/rc" "$here/small/agent" "$1/etc/"
    install -m 755 "$here/small/shutdown" "$1/sbin/"
    write_accounts "$1"
    printf '#!/bin/sh\nexec poweroff\n' >"$1/etc/acpi/PWRF/00000080"
    chmod 755 "$1/etc/acpi/PWRF/00000080"
    boot_config quiet >"$1/boot/extlinux/extlinux.conf"
}

# The drivers in the order in which they need one another.
list_drivers() { # packages version
    local driver
    for driver in "${DRIVERS[@]}"; do
        modprobe -d "$1" -S "$2" --show-depends "$driver"
    done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
}

make_initrd() { # packages version work initrd
    local tree=$3/initrd driver count=0
    mkdir -p "$tree"/{bin,lib/drivers,dev,root}
    cp "$1/bin/busybox" "$tree/bin/"
    ln -s busybox "$tree/bin/sh"
    install -m 755 "$here/small/init" "$tree/init"
    depmod -b "$1" "$2"
    while IFS= read -r driver; do
        printf -v name '%02d-%s' $((count++)) "${driver##*/}"
        cp "$driver" "$tree/lib/drivers/$name"
    done < <(list_drivers "$1" "$2")
    (cd "$tree" && find . | cpio -o -H newc --quiet) >"$4"
}

main() { # folder name...
    local folder=$1 name version
    shift
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    fetch "$work" "$(kernel_package)" "${PACKAGES[@]}"
    version=$(ls "$work/packages/lib/modules")
    lay_out "$work/packages" "$work/root"
    add_programs "$work/packages" "$work/root"
    write_settings "$work/root"
    cp "$work/packages/boot/vmlinuz-$version" "$work/root/boot/vmlinuz"
    make_initrd "$work/packages" "$version" "$work" "$work/root/boot/initrd.img"
    for name in "$@"; do
        write_name "$work/root" small "$name"
        make_image "$work/root" 96M "$folder/$name.qcow2"
    done
}

main "$@"
