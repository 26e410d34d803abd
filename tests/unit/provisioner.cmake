foreach(test cloud_init domain_xml fleet metadata password volume_xml)
    slipway_unit_test(provisioner_${test}_test services/provisioner/${test}_test.c
                      slipway_provisioner_core)
endforeach()
foreach(test machine machine_operate machine_race machine_reinstall)
    slipway_unit_test(provisioner_${test}_test services/provisioner/${test}_test.c
                      slipway_provisioner_core)
    target_sources(provisioner_${test}_test PRIVATE
                   "${PROJECT_SOURCE_DIR}/tests/support/machine_fixture.c")
    set_tests_properties(unit.provisioner_${test}_test PROPERTIES ENVIRONMENT
        "TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/support/libvirt.tsan")
endforeach()
