foreach(test libvirtd orders)
    slipway_integration_test(provisioner_${test}_test services/provisioner/${test}_test.c
                             slipway_provisioner_core)
    target_sources(provisioner_${test}_test PRIVATE
                   "${PROJECT_SOURCE_DIR}/tests/support/machine_fixture.c")
endforeach()
foreach(test worker worker_orders nodes)
    slipway_integration_test(provisioner_${test}_test services/provisioner/${test}_test.c
                             slipway_provisioner_core)
    target_sources(provisioner_${test}_test PRIVATE
                   "${PROJECT_SOURCE_DIR}/tests/support/provisioner_world.c")
endforeach()
