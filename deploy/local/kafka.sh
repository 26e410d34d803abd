# Apache Kafka (KRaft), one node under .run/kafka; jars by Maven, kept in a folder that several
# copies share. Sourced.
# shellcheck shell=bash

KAFKA_SOURCE=$ROOT/deploy/local/kafka
KAFKA_DIR=$RUN_DIR/kafka
KAFKA_LIBS=${SLIPWAY_KAFKA_LIBS:-$ROOT/build/kafka}
# The class-data archive holds for exactly these settings and this class path.
KAFKA_JVM=("-XX:TieredStopAtLevel=${SLIPWAY_KAFKA_JIT_LEVEL:-1}" -XX:+UseSerialGC -Djava.awt.headless=true
    -Djava.net.preferIPv4Stack=true "-Dlog4j2.configurationFile=$KAFKA_SOURCE/log4j2.yaml")

kafka_classpath() {
    printf '%s\n' "$KAFKA_LIBS"/*.jar | LC_ALL=C sort | paste -sd:
}

kafka_java() { # jvm options and class...
    java "${KAFKA_JVM[@]}" -Xmx128m -cp "$(kafka_classpath)" "$@"
}

kafka_fetch() {
    [[ $KAFKA_LIBS/.complete -nt $KAFKA_SOURCE/pom.xml ]] && return
    rm -rf "$KAFKA_LIBS"
    mkdir -p "$KAFKA_LIBS" "$RUN_DIR/log"
    logged "$RUN_DIR/log/maven.log" "fetching Kafka's jars" \
        mvn -B -ntp -f "$KAFKA_SOURCE/pom.xml" dependency:copy-dependencies \
        -DincludeScope=runtime "-DoutputDirectory=$KAFKA_LIBS" || return
    touch "$KAFKA_LIBS/.complete"
}

kafka_write_properties() { # folder port controller_port
    mkdir -p "$1"
    {
        cat "$KAFKA_SOURCE/server.properties"
        printf '%s\n' "listeners=PLAINTEXT://127.0.0.1:$2,CONTROLLER://127.0.0.1:$3" \
            "advertised.listeners=PLAINTEXT://127.0.0.1:$2" \
            "controller.quorum.voters=1@127.0.0.1:$3" "log.dirs=$1/data"
    } >"$1/server.properties"
}

kafka_format() { # folder
    [[ -f $1/data/meta.properties ]] && return
    kafka_java kafka.tools.StorageTool format --ignore-formatted -t AAAAAAAAAAAAAAAAAAAAAQ \
        -c "$1/server.properties" >"$1/format.log" 2>&1 || { tail -n 20 "$1/format.log" >&2; return 1; }
}

kafka_launch() { # name folder jvm options...
    local name=$1 folder=$2
    shift 2
    launch "$name" java "${KAFKA_JVM[@]}" -Xms64m "-Xmx${SLIPWAY_KAFKA_HEAP:-256m}" "$@" \
        -cp "$(kafka_classpath)" "-Dkafka.logs.dir=$folder" kafka.Kafka "$folder/server.properties"
}

# One throw-away start that leaves the class-data archive: later starts take 1 s instead of 4.
kafka_make_archive() {
    local folder=$KAFKA_DIR/warm-up
    [[ $KAFKA_LIBS/kafka.jsa -nt $KAFKA_LIBS/.complete ]] && return
    say "preparing Kafka's quick start"
    kafka_write_properties "$folder" "$KAFKA_PORT" "$KAFKA_CONTROLLER_PORT"
    kafka_format "$folder" || return
    kafka_launch kafka-warm-up "$folder" "-XX:ArchiveClassesAtExit=$KAFKA_LIBS/kafka.jsa.$$"
    await kafka-warm-up 60 port_answers "$KAFKA_PORT" || return
    end_process kafka-warm-up TERM 60
    rm -rf "$folder"
    mv "$KAFKA_LIBS/kafka.jsa.$$" "$KAFKA_LIBS/kafka.jsa"
}

kafka_start() {
    is_up kafka && return
    kafka_fetch && kafka_make_archive || return
    kafka_write_properties "$KAFKA_DIR" "$KAFKA_PORT" "$KAFKA_CONTROLLER_PORT"
    kafka_format "$KAFKA_DIR" || return
    kafka_launch kafka "$KAFKA_DIR" "-XX:SharedArchiveFile=$KAFKA_LIBS/kafka.jsa"
    # The client port opens once the broker may serve.
    await kafka 60 port_answers "$KAFKA_PORT"
}

kafka_stop() {
    end_process kafka TERM 20
}

kafka_kill() {
    end_process kafka KILL
}
