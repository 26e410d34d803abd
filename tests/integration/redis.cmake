add_library(slipway_test_redis STATIC "${PROJECT_SOURCE_DIR}/tests/support/redis_process.c")
target_link_libraries(slipway_test_redis PUBLIC slipway_redis PkgConfig::HIREDIS)
slipway_integration_test(redis_client_test lib/redis/client_test.c slipway_test_redis)
slipway_integration_test(redis_subscriber_test lib/redis/subscriber_test.c slipway_test_redis)
slipway_integration_test(redis_batch_status_real_test lib/redis/batch_status_test.c
    slipway_test_redis)
