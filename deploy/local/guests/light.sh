#!/usr/bin/env bash
# The root file system of a light VPS: busybox and dropbear, which read a cloud-init seed as far as a
# login needs it. Needs root and Debian's package index.
#
#   light.sh <folder> <name>...     <folder>/<name>.raw each; /etc/os-release inside tells the name
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/tree.sh"

write_settings() { # root
    rm -f "$1/sbin/init"
    install -m 755 "$here/light/init" "$1/sbin/"
    install -m 755 "$here/light/rc" "$1/etc/"
    write_accounts "$1"
}

# Without a journal, which a file system inside a file has little of, and with room to grow to the
# largest disk that is sold. Few inodes: each 128 MiB get as many.
make_image() { # tree size file
    rm -f "$3.new"
    mke2fs -q -t ext4 -L root -b 4096 -N 512 -O ^has_journal -E resize=52428800 -d "$1" "$3.new" "$2"
    mv "$3.new" "$3"
}

main() { # folder name...
    local folder=$1 name
    shift
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    fetch "$work" "${TREE_PACKAGES[@]}"
    lay_out "$work/packages" "$work/root"
    write_settings "$work/root"
    for name in "$@"; do
        write_name "$work/root" light "$name"
        make_image "$work/root" 32M "$folder/$name.raw"
    done
}

main "$@"
