slipway_unit_test(http_problem_test lib/http/problem_test.c slipway_http)
slipway_unit_test(http_router_test lib/http/router_test.c slipway_http)
slipway_unit_test(http_json_request_test lib/http/json_request_test.c slipway_http)
slipway_unit_test(http_query_test lib/http/query_test.c slipway_http)

add_library(slipway_http_testing STATIC lib/http/raw_client.c lib/http/test_server.c)
target_link_libraries(slipway_http_testing PUBLIC slipway_http PkgConfig::CMOCKA)
slipway_unit_test(http_server_test lib/http/server_test.c slipway_http_testing)
