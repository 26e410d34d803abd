# The payment providers' adapters, against their stand-ins.
slipway_integration_test(billing_standin_test services/billing/standin_test.c
    slipway_billing_core)
target_sources(billing_standin_test PRIVATE
    "${PROJECT_SOURCE_DIR}/tests/support/provider_speaker.c"
    "${PROJECT_SOURCE_DIR}/tests/support/standin_process.c")
target_compile_definitions(billing_standin_test PRIVATE
    SLIPWAY_STANDIN="${PROJECT_SOURCE_DIR}/tests/providers/serve.py")
