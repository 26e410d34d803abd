# A root file system of Debian's packages, unpacked and never installed: busybox, and dropbear for
# logins. Needs Debian's package index. Sourced.
# shellcheck shell=bash disable=SC2034  # names are used by those who source it

TREE_PACKAGES=(busybox-static dropbear-bin libtomcrypt1 libtommath1 libgmp10 libc6 libcrypt1 zlib1g)

# Packages unpacked side by side.
fetch() { # where package...
    local deb where=$1
    shift
    mkdir -p "$where/debs" "$where/packages"
    (
        cd "$where/debs" || exit
        apt-get download -q -o APT::Sandbox::User=root "$@"
    )
    for deb in "$where"/debs/*.deb; do
        dpkg-deb -x "$deb" "$where/packages"
    done
}

lay_out() { # packages root
    local name
    mkdir -p "$2"/{bin,sbin,usr/bin,usr/sbin,etc/dropbear,proc,sys,dev,run,tmp,root,mnt} \
        "$2"/{lib64,lib/x86_64-linux-gnu,var/lib,var/run,var/log}
    ln -s ../lib "$2/usr/lib"
    cp "$1/bin/busybox" "$2/bin/"
    for name in $("$2/bin/busybox" --list-full); do
        mkdir -p "$2/${name%/*}"
        [[ -e $2/$name ]] || ln "$2/bin/busybox" "$2/$name"
    done
    cp "$1/usr/sbin/dropbear" "$2/usr/sbin/"
    cp "$1/usr/bin/dropbearkey" "$2/usr/bin/"
    cp -a "$1"/lib/x86_64-linux-gnu/*.so* "$2/lib/x86_64-linux-gnu/"
    cp -a "$1"/usr/lib/x86_64-linux-gnu/*.so* "$2/lib/x86_64-linux-gnu/"
    ln -s /lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 "$2/lib64/ld-linux-x86-64.so.2"
}

# No password opens root's account before the seed has set one. Debian's busybox has no chpasswd.
write_accounts() { # root
    local here
    here=$(dirname "${BASH_SOURCE[0]}")
    rm -f "$1/usr/sbin/chpasswd"
    install -m 755 "$here/small/chpasswd" "$1/usr/sbin/"
    install -m 644 "$here/seed.sh" "$1/etc/seed"
    printf 'root:x:0:0:root:/root:/bin/sh\n' >"$1/etc/passwd"
    printf 'root:x:0:\n' >"$1/etc/group"
    (umask 077 && printf 'root:*:19000:0:99999:7:::\n' >"$1/etc/shadow")
    printf '/bin/sh\n' >"$1/etc/shells"
}

write_name() { # root id name
    cat >"$1/etc/os-release" <<RELEASE
ID=slipway-$2
VARIANT_ID=$3
PRETTY_NAME="Slipway's $2 guest in place of $3"
RELEASE
}
