# What a guest makes of its seed, for the rc of each kind. A seed is JSON with one member a line, which
# the provisioner writes; a value has no quotes in it. Stands in guests as /etc/seed. Sourced.
# shellcheck shell=sh

value() { # member file
    sed -n "s/^ *\"$1\": \"\([^\"]*\)\",*$/\1/p" "$2" | head -n 1
}

# A first boot of this instance has been there.
is_adopted() { # meta-data
    [ "$(cat /var/lib/instance-id 2>/dev/null)" = "$(value instance-id "$1")" ]
}

adopt() { # user-data meta-data
    printf 'root:%s\n' "$(value password "$1")" | chpasswd -e
    rm -f /etc/dropbear/*
    dropbearkey -t ed25519 -f /etc/dropbear/dropbear_ed25519_host_key >/dev/null 2>&1
    value instance-id "$2" >/var/lib/instance-id
}

plug_in() { # network-config
    addresses=$(sed -n '/"addresses"/,/]/{s/^ *"\([^"]*\)",*$/\1/p;/]/q}' "$1")
    gateways=$(sed -n 's/^ *"via": "\(.*\)"$/\1/p' "$1")
    # Nobody else has the address, and who asks hears nothing.
    echo 0 >/proc/sys/net/ipv6/conf/eth0/accept_dad
    echo 0 >/proc/sys/net/ipv6/conf/eth0/accept_ra
    ip link set eth0 up
    for address in $addresses; do
        ip addr add "$address" dev eth0
    done
    for gateway in $gateways; do
        ip route add default via "$gateway" dev eth0
    done
}
