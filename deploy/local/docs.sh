# What renders /docs: Redoc, one file of an npm package, kept in a folder that the build looks into.
# Sourced.
# shellcheck shell=bash

DOCS_RENDERER=$ROOT/build/docs
DOCS_PACKAGE=redoc
DOCS_VERSION=2.5.4
DOCS_SHA256=44922df4d0eb45c1b066c09ec251e6bd9bd7ded16bc69e87613337b9d911a56e

docs_unpack() { # folder
    (cd "$1" && npm pack --silent "$DOCS_PACKAGE@$DOCS_VERSION" >/dev/null &&
        sha256sum --check --quiet <<<"$DOCS_SHA256  $DOCS_PACKAGE-$DOCS_VERSION.tgz" &&
        tar xzf "$DOCS_PACKAGE-$DOCS_VERSION.tgz" --strip-components 1 &&
        mv LICENSE bundles/redoc.standalone.js.LICENSE.txt bundles/redoc.standalone.js "$DOCS_RENDERER" &&
        touch "$DOCS_RENDERER/redoc.standalone.js") # the archive's time is older than any build's
}

# Without npm, or without its registry, the build goes on and /docs is a plain page.
docs_fetch() {
    local folder status=0
    [[ $(cat "$DOCS_RENDERER/version" 2>/dev/null) == "$DOCS_SHA256" ]] && return
    if ! command -v npm >/dev/null; then
        say 'npm is missing: /docs will be a plain page'
        return
    fi
    mkdir -p "$DOCS_RENDERER" "$RUN_DIR/log"
    folder=$(mktemp -d)
    logged "$RUN_DIR/log/docs.log" 'fetching what renders /docs' docs_unpack "$folder" || status=$?
    rm -rf "$folder"
    if [[ $status != 0 ]]; then
        say '/docs will be a plain page'
        return
    fi
    printf '%s\n' "$DOCS_SHA256" >"$DOCS_RENDERER/version"
}
