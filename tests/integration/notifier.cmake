# The notifier's stores.
add_library(notifier_fixtures STATIC
    "${PROJECT_SOURCE_DIR}/tests/support/notifier_database.c"
    "${PROJECT_SOURCE_DIR}/tests/support/notifier_deliveries.c")
target_link_libraries(notifier_fixtures PUBLIC slipway_notifier_core PkgConfig::CMOCKA)
slipway_integration_test(notifier_lease_test services/notifier/lease_test.c notifier_fixtures)
slipway_integration_test(notifier_store_test services/notifier/store_test.c notifier_fixtures)
slipway_integration_test(notifier_intake_test services/notifier/intake_test.c notifier_fixtures)
