# The services and slipctl, built with the release preset. Sourced.
# shellcheck shell=bash

# A folder named by SLIPWAY_BUILD is taken as it is: whoever named it builds it.
build_services() {
    [[ -z ${SLIPWAY_BUILD:-} ]] || return 0
    local log=$RUN_DIR/log/build.log
    docs_fetch
    if [[ ! -f $BUILD/build.ninja ]]; then
        (cd "$ROOT" && logged "$log" 'configuring the release build' cmake --preset release) || return
    fi
    logged "$log" 'building' ninja -C "$BUILD"
}

service_binary() { # service
    local binary=$BUILD/services/$1/slipway-$1
    [[ -x $binary ]] || die "There is no $binary."
    printf '%s\n' "$binary"
}
