slipway_unit_test(kafka_offsets_test lib/kafka/offsets_test.c slipway_kafka)
