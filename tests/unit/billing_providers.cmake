# The payment providers' adapters.
add_library(slipway_provider_testing STATIC services/billing/providers/provider_testing.c)
target_link_libraries(slipway_provider_testing PUBLIC slipway_billing_core PkgConfig::CMOCKA)
foreach(test provider_amount provider_canonical provider_pieces providers crypto cryptobot lolz sbp
             xrocket)
    slipway_unit_test(billing_${test}_test services/billing/providers/${test}_test.c
                      slipway_provider_testing)
endforeach()
