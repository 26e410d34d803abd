# The payment providers' adapters, against their stand-ins.
slipway_integration_test(billing_providers_test services/billing/providers_test.c
    slipway_billing_core)
target_sources(billing_providers_test PRIVATE
    "${PROJECT_SOURCE_DIR}/tests/support/standin_process.c")
target_compile_definitions(billing_providers_test PRIVATE
    SLIPWAY_STANDIN="${PROJECT_SOURCE_DIR}/tests/providers/serve.py")
