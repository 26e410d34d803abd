# The write side of billing.
add_library(billing_writer_fixture STATIC "${PROJECT_SOURCE_DIR}/tests/support/billing_writer.c"
                                          "${PROJECT_SOURCE_DIR}/tests/support/billing_books.c"
                                          "${PROJECT_SOURCE_DIR}/tests/support/billing_database.c"
                                          "${PROJECT_SOURCE_DIR}/tests/support/operator_commands.c"
                                          "${PROJECT_SOURCE_DIR}/tests/support/session_killer.c"
                                          "${PROJECT_SOURCE_DIR}/tests/support/billing_orders.c"
                                          "${PROJECT_SOURCE_DIR}/tests/support/bulk_purchase.c"
                                          "${PROJECT_SOURCE_DIR}/tests/support/order_world.c"
                                          "${PROJECT_SOURCE_DIR}/tests/support/writer_world.c")
target_link_libraries(billing_writer_fixture PUBLIC slipway_billing_core PkgConfig::CMOCKA)
slipway_integration_test(billing_writer_test services/billing/writer_test.c billing_writer_fixture)
slipway_integration_test(billing_writer_race_test services/billing/writer_race_test.c
    billing_writer_fixture)
slipway_integration_test(billing_results_test services/billing/results_test.c billing_writer_fixture)
add_library(billing_term_fixture STATIC "${PROJECT_SOURCE_DIR}/tests/support/outbox_reader.c"
                                        "${PROJECT_SOURCE_DIR}/tests/support/term_world.c"
                                        "${PROJECT_SOURCE_DIR}/tests/support/turned_clock.c")
target_link_libraries(billing_term_fixture PUBLIC billing_writer_fixture)
slipway_integration_test(billing_renew_test services/billing/renew_test.c billing_term_fixture)
slipway_integration_test(billing_renew_bulk_test services/billing/renew_bulk_test.c
    billing_term_fixture)
slipway_integration_test(billing_expiry_test services/billing/expiry_test.c billing_term_fixture)
slipway_integration_test(billing_relay_test services/billing/relay_test.c billing_writer_fixture)
slipway_integration_test(billing_operators_test services/billing/operators_test.c
    billing_writer_fixture slipway_test_proxy)
slipway_integration_test(billing_register_test services/billing/register_test.c
    billing_writer_fixture)
slipway_integration_test(billing_orders_test services/billing/orders_test.c billing_writer_fixture)
slipway_integration_test(billing_deletions_test services/billing/deletions_test.c
    billing_writer_fixture)
slipway_integration_test(billing_operations_test services/billing/operations_test.c
    billing_writer_fixture)
slipway_integration_test(billing_nodes_test services/billing/nodes_test.c billing_writer_fixture)
slipway_integration_test(billing_events_test services/billing/events_test.c billing_term_fixture)
slipway_integration_test(billing_chains_test services/billing/chain_test.c billing_writer_fixture)
