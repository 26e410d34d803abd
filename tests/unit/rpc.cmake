slipway_unit_test(rpc_envelope_test lib/rpc/envelope_test.c slipway_rpc)

add_library(slipway_rpc_harness STATIC lib/rpc/rpc_harness.c)
target_link_libraries(slipway_rpc_harness PUBLIC slipway_rpc PkgConfig::CMOCKA)
slipway_unit_test(rpc_client_test lib/rpc/rpc_client_test.c slipway_rpc_harness)
slipway_unit_test(rpc_server_test lib/rpc/rpc_server_test.c slipway_rpc_harness)
