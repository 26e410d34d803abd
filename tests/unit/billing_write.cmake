# The pure rules of billing.
foreach(rule answer answer_renewal chain ledger lifecycle lifecycle_time operator_act placement pricing
        status)
    slipway_unit_test(billing_${rule}_test services/billing/${rule}_test.c slipway_billing_core)
endforeach()
slipway_unit_test(billing_events_types_test services/billing/events_test.c slipway_billing_core)
target_compile_definitions(billing_events_types_test PRIVATE
    SLIPWAY_DOCS="${PROJECT_SOURCE_DIR}/docs")
