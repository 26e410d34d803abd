# Redis under .run/redis: a password, nothing on disk, for it is a mirror only. Sourced.
# shellcheck shell=bash

redis_write_config() {
    mkdir -p "$RUN_DIR/redis"
    (
        umask 077
        cat >"$RUN_DIR/redis/redis.conf" <<CONF
bind 127.0.0.1
port $REDIS_PORT
dir "$RUN_DIR/redis"
requirepass $REDIS_PASSWORD
appendonly no
save ""
CONF
    )
}

redis_ask() { # command...
    REDISCLI_AUTH=$REDIS_PASSWORD redis-cli -h 127.0.0.1 -p "$REDIS_PORT" "$@"
}

redis_is_ready() {
    [[ $(redis_ask PING) == PONG ]]
}

redis_start() {
    is_up redis && return
    redis_write_config
    launch redis redis-server "$RUN_DIR/redis/redis.conf"
    await redis 20 redis_is_ready
}

redis_stop() {
    end_process redis
}

redis_kill() {
    end_process redis KILL
}
