# The pure rules of billing.
foreach(rule answer answer_renewal chain ledger lifecycle lifecycle_time operator_act placement pricing
        status)
    slipway_unit_test(billing_${rule}_test services/billing/${rule}_test.c slipway_billing_core)
endforeach()
