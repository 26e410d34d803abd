# Deposits: the writer's commands, and those who ask providers.
add_library(billing_deposits_fixture STATIC
    "${PROJECT_SOURCE_DIR}/tests/support/billing_deposits.c"
    "${PROJECT_SOURCE_DIR}/tests/support/standin_provider.c")
target_link_libraries(billing_deposits_fixture PUBLIC billing_writer_fixture PkgConfig::JANSSON)
slipway_integration_test(billing_deposits_test services/billing/deposits_test.c
    billing_deposits_fixture)
slipway_integration_test(billing_deposits_race_test services/billing/deposits_race_test.c
    billing_deposits_fixture)
slipway_integration_test(billing_queries_deposits_test services/billing/queries_deposits_test.c
    billing_fixtures)
slipway_integration_test(billing_deposit_flow_test services/billing/deposit_flow_test.c
    billing_deposits_fixture)
