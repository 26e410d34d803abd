slipway_unit_test(kafka_offsets_test lib/kafka/offsets_test.c slipway_kafka)
slipway_unit_test(kafka_turns_test lib/kafka/turns_test.c slipway_kafka PkgConfig::RDKAFKA)
