slipway_unit_test(gateway_idempotency_key_test services/gateway/idempotency_key_test.c slipway_gateway_core)
slipway_unit_test(gateway_token_bucket_test services/gateway/token_bucket_test.c slipway_gateway_core)
slipway_unit_test(gateway_headers_test services/gateway/headers_test.c slipway_gateway_core)
slipway_unit_test(gateway_views_test services/gateway/views_test.c slipway_gateway_core)
slipway_unit_test(gateway_batch_snapshot_test services/gateway/batch_snapshot_test.c slipway_gateway_core)
slipway_unit_test(gateway_requests_test services/gateway/requests_test.c slipway_gateway_core)
slipway_unit_test(gateway_signature_test services/gateway/signature_test.c slipway_gateway_core)
target_compile_definitions(gateway_signature_test PRIVATE
    SLIPWAY_DOCS_DIR="${PROJECT_SOURCE_DIR}/docs")
# So that the test sees how MACs are compared.
target_link_options(gateway_signature_test PRIVATE -Wl,--wrap=sodium_memcmp)
