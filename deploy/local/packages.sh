# Debian packages. Sourced.
# shellcheck shell=bash disable=SC2034  # names are used by those who source it

# "package=command": the command counts too, wherever it comes from.
RUN_PACKAGES=(
    gcc=gcc libc6-dev cmake=cmake ninja-build=ninja pkg-config=pkg-config
    libmicrohttpd-dev librdkafka-dev libprotobuf-c-dev protobuf-c-compiler=protoc-c libpq-dev
    libhiredis-dev libcurl4-openssl-dev libjansson-dev libsodium-dev libvirt-dev libxml2-dev
    libisofs-dev libssh-dev libcrypt-dev
    postgresql-15 redis-server=redis-server libvirt-daemon=libvirtd libvirt-clients=virsh
    openjdk-17-jre-headless=java maven=mvn npm=npm python3-yaml python3-markdown
    curl=curl openssl=openssl python3=python3 util-linux=setpriv ca-certificates)
# ./run --guests: real machines. Without dnsmasq libvirtd crashes when it comes back to a network that
# runs.
GUESTS_PACKAGES=(
    qemu-system-x86=qemu-system-x86_64 qemu-utils=qemu-img libvirt-daemon-driver-qemu
    libvirt-daemon-system iptables=iptables ebtables=ebtables nftables=nft iproute2=ip kmod=modprobe
    dnsmasq-base=dnsmasq e2fsprogs=mke2fs extlinux=extlinux cpio=cpio tini=tini
    mmdebstrap=mmdebstrap)
# The console proxy.
CONSOLE_PACKAGES=(novnc python3-websockify python3-redis python3-libvirt)
# ./run --light has these too.
LIGHT_PACKAGES=(libvirt-daemon-driver-lxc)
TEST_PACKAGES=(
    libcmocka-dev clang-14=clang-14 libclang-rt-14-dev clang-format-14=clang-format-14 clang-tidy-14=clang-tidy-14
    cppcheck=cppcheck codespell=codespell shellcheck=shellcheck protobuf-compiler=protoc
    golang-go=go git=git python3-venv nodejs=node chromium=chromium mandoc=mandoc zsh=zsh openssh-client=ssh)

missing_packages() { # entry...
    local entry
    for entry in "$@"; do
        [[ $entry == *=* ]] && command -v "${entry#*=}" >/dev/null && continue
        [[ $(dpkg-query -W -f='${Status}' "${entry%%=*}" 2>/dev/null) == *'ok installed' ]] && continue
        printf '%s\n' "${entry%%=*}"
    done
}

install_packages() { # entry...
    local -a missing
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]})) || return 0
    if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
        die "These Debian 12 packages are missing: ${missing[*]}
Install them as root:  apt-get install --no-install-recommends ${missing[*]}"
    fi
    mkdir -p "$RUN_DIR/log"
    logged "$RUN_DIR/log/apt-update.log" 'reading the package lists' apt-get update || return
    # At run level 1 the packages of servers don't start system services.
    DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
        logged "$RUN_DIR/log/apt.log" "installing ${#missing[@]} packages" \
        apt-get install -y --no-install-recommends "${missing[@]}"
}
