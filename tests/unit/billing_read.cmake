# The read side of billing.
slipway_unit_test(billing_data_files_test services/billing/data_files_test.c slipway_billing_core)
target_compile_definitions(billing_data_files_test PRIVATE
    SLIPWAY_LOCAL_DIR="${PROJECT_SOURCE_DIR}/deploy/local")
