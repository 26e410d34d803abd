slipway_integration_test(provisioner_libvirtd_test services/provisioner/libvirtd_test.c
                         slipway_provisioner_core)
target_sources(provisioner_libvirtd_test PRIVATE
               "${PROJECT_SOURCE_DIR}/tests/support/machine_fixture.c")
slipway_integration_test(provisioner_worker_test services/provisioner/worker_test.c
                         slipway_provisioner_core)
target_sources(provisioner_worker_test PRIVATE
               "${PROJECT_SOURCE_DIR}/tests/support/provisioner_world.c")
