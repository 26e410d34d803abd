# The read side of billing, and its command line.
add_library(billing_fixtures STATIC
    "${PROJECT_SOURCE_DIR}/tests/support/billing_database.c"
    "${PROJECT_SOURCE_DIR}/tests/support/reader_fixture.c")
target_link_libraries(billing_fixtures PUBLIC slipway_billing_core PkgConfig::CMOCKA)
slipway_integration_test(billing_catalog_test services/billing/catalog_test.c billing_fixtures)
slipway_integration_test(billing_migrations_test services/billing/migrations_test.c
    billing_fixtures)
slipway_integration_test(billing_queries_test services/billing/queries_test.c billing_fixtures)
slipway_integration_test(billing_queries_vps_test services/billing/queries_vps_test.c
    billing_fixtures)
slipway_integration_test(billing_queries_operators_test services/billing/queries_operators_test.c
    billing_fixtures)
slipway_integration_test(billing_reader_test services/billing/reader_test.c billing_fixtures)
slipway_integration_test(billing_command_line_test services/billing/command_line_test.c
    billing_fixtures)
add_dependencies(billing_command_line_test slipway-billing)
target_compile_definitions(billing_command_line_test PRIVATE
    SLIPWAY_BILLING_BINARY="$<TARGET_FILE:slipway-billing>"
    SLIPWAY_LOCAL_DIR="${PROJECT_SOURCE_DIR}/deploy/local")
slipway_integration_test(billing_inspector_test services/billing/inspector_test.c billing_fixtures)
slipway_integration_test(billing_announcer_test services/billing/announcer_test.c
    slipway_billing_core)
slipway_integration_test(billing_drift_test services/billing/drift_test.c billing_fixtures)
