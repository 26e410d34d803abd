slipway_unit_test(metrics_test lib/service/metrics_test.c slipway_service)
