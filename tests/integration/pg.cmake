add_library(slipway_test_proxy STATIC "${PROJECT_SOURCE_DIR}/tests/support/cut_proxy.c")
target_link_libraries(slipway_test_proxy PUBLIC slipway_base)
slipway_integration_test(pg_execute_test lib/pg/execute_test.c slipway_pg)
add_library(slipway_test_counter STATIC "${PROJECT_SOURCE_DIR}/tests/support/pg_counter.c")
target_link_libraries(slipway_test_counter PUBLIC slipway_pg PkgConfig::CMOCKA)
slipway_integration_test(pg_transaction_test lib/pg/transaction_test.c slipway_test_counter)
slipway_integration_test(pg_transaction_loss_test lib/pg/transaction_loss_test.c
                         slipway_test_counter slipway_test_proxy)
slipway_integration_test(pg_migrate_test lib/pg/migrate_test.c slipway_pg)
