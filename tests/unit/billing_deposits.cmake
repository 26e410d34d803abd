# Deposits: the rules, and what comes of a callback.
foreach(rule deposit callback_message provider_book)
    slipway_unit_test(billing_${rule}_test services/billing/${rule}_test.c slipway_billing_core)
endforeach()
