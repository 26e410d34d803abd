foreach(test domain_xml fleet metadata password)
    slipway_unit_test(provisioner_${test}_test services/provisioner/${test}_test.c
                      slipway_provisioner_core)
endforeach()
slipway_unit_test(provisioner_machine_test services/provisioner/machine_test.c
                  slipway_provisioner_core)
target_sources(provisioner_machine_test PRIVATE
               "${PROJECT_SOURCE_DIR}/tests/support/machine_fixture.c")
set_tests_properties(unit.provisioner_machine_test PROPERTIES ENVIRONMENT
    "TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/support/libvirt.tsan")
