#!/usr/bin/env bash
# The small guest: Debian's kernel, busybox, dropbear and the guest agent. Boots in seconds even where
# processors are emulated, and reads a cloud-init seed as far as a login needs it. Needs root and
# Debian's package index.
#
#   small.sh <folder> <name>...     <folder>/<name>.qcow2 each; /etc/os-release inside tells the name
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/boot.sh"

PACKAGES=(busybox-static dropbear-bin libtomcrypt1 libtommath1 libgmp10 qemu-guest-agent
    e2fsprogs libext2fs2 libcom-err2 libblkid1 libuuid1 libglib2.0-0 libpcre2-8-0 libudev1 libnuma1
    liburing2 libc6 libcrypt1 zlib1g libcap2 libgcc-s1)
DRIVERS=(virtio_pci virtio_blk virtio_net virtio_console virtio_rng ext4 crc32c_generic button evdev
    isofs)

kernel_package() {
    apt-cache depends linux-image-cloud-amd64 | sed -n 's/.*Depends: \(linux-image-\)/\1/p' | head -n 1
}

# Packages unpacked side by side, never installed.
fetch() { # where
    local deb
    mkdir -p "$1/debs" "$1/packages"
    (
        cd "$1/debs"
        apt-get download -q -o APT::Sandbox::User=root "$(kernel_package)" "${PACKAGES[@]}"
    )
    for deb in "$1"/debs/*.deb; do
        dpkg-deb -x "$deb" "$1/packages"
    done
}

lay_out() { # packages root
    local name
    mkdir -p "$2"/{bin,sbin,usr/bin,usr/sbin,etc/dropbear,etc/acpi/PWRF,proc,sys,dev,run,tmp,root,mnt} \
        "$2"/{boot/extlinux,lib64,lib/x86_64-linux-gnu,var/lib,var/run,var/log}
    ln -s ../lib "$2/usr/lib"
    cp "$1/bin/busybox" "$2/bin/"
    for name in $("$2/bin/busybox" --list-full); do
        mkdir -p "$2/${name%/*}"
        [[ -e $2/$name ]] || ln -s /bin/busybox "$2/$name"
    done
    cp "$1/sbin/resize2fs" "$1/usr/sbin/dropbear" "$1/usr/sbin/qemu-ga" "$2/usr/sbin/"
    cp "$1/usr/bin/dropbearkey" "$2/usr/bin/"
    cp -a "$1"/lib/x86_64-linux-gnu/*.so* "$2/lib/x86_64-linux-gnu/"
    cp -a "$1"/usr/lib/x86_64-linux-gnu/*.so* "$2/lib/x86_64-linux-gnu/"
    ln -s /lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 "$2/lib64/ld-linux-x86-64.so.2"
}

# No password opens root's account before the seed has set one.
write_settings() { # root
    install -m 644 "$here/small/inittab" "$1/etc/inittab"
    install -m 755 "$here/small/rc" "$here/small/agent" "$1/etc/"
    install -m 755 "$here/small/shutdown" "$1/sbin/"
    rm -f "$1/usr/sbin/chpasswd"
    install -m 755 "$here/small/chpasswd" "$1/usr/sbin/"
    printf '#!/bin/sh\nexec poweroff\n' >"$1/etc/acpi/PWRF/00000080"
    chmod 755 "$1/etc/acpi/PWRF/00000080"
    printf 'root:x:0:0:root:/root:/bin/sh\n' >"$1/etc/passwd"
    printf 'root:x:0:\n' >"$1/etc/group"
    (umask 077 && printf 'root:*:19000:0:99999:7:::\n' >"$1/etc/shadow")
    printf '/bin/sh\n' >"$1/etc/shells"
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

write_name() { # root name
    cat >"$1/etc/os-release" <<RELEASE
ID=slipway-small
VARIANT_ID=$2
PRETTY_NAME="Slipway's small guest in place of $2"
RELEASE
}

main() { # folder name...
    local folder=$1 name version
    shift
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    fetch "$work"
    version=$(ls "$work/packages/lib/modules")
    lay_out "$work/packages" "$work/root"
    write_settings "$work/root"
    cp "$work/packages/boot/vmlinuz-$version" "$work/root/boot/vmlinuz"
    make_initrd "$work/packages" "$version" "$work" "$work/root/boot/initrd.img"
    for name in "$@"; do
        write_name "$work/root" "$name"
        make_image "$work/root" 96M "$folder/$name.qcow2"
    done
}

main "$@"
