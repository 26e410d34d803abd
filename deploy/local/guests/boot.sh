# A root file system as an image that boots by itself: ext4 from the first sector on, so that it
# grows with the disk, and extlinux in it. Needs root. Sourced.
# shellcheck shell=bash

boot_config() { # more words for the kernel
    cat <<CONF
default linux
prompt 0
timeout 0
label linux
    kernel /boot/vmlinuz
    initrd /boot/initrd.img
    append root=/dev/vda console=ttyS0 console=tty0 net.ifnames=0 mitigations=off $1
CONF
}

make_image() { # tree size file
    local work=$3.work status=0
    rm -rf "$work"
    mkdir -p "$work/mount"
    # What extlinux can read, with room to grow to the largest disk that is sold.
    mke2fs -q -t ext4 -L root -b 4096 -i 65536 -E resize=52428800 \
        -O ^64bit,^metadata_csum,^extent,uninit_bg -d "$1" "$work/raw" "$2"
    mount -o loop "$work/raw" "$work/mount"
    extlinux --install "$work/mount/boot/extlinux" || status=$?
    umount "$work/mount"
    [[ $status == 0 ]] || return "$status"
    qemu-img convert -O qcow2 "$work/raw" "$work/qcow2"
    mv "$work/qcow2" "$3"
    rm -rf "$work"
}
