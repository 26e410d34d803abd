slipway_unit_test(redis_batch_status_test lib/redis/batch_status_test.c slipway_redis
    PkgConfig::HIREDIS)
