# The read side of billing, and its command line.
add_library(billing_database STATIC "${PROJECT_SOURCE_DIR}/tests/support/billing_database.c")
target_link_libraries(billing_database PUBLIC slipway_billing_core PkgConfig::CMOCKA)
slipway_integration_test(billing_catalog_test services/billing/catalog_test.c billing_database)
