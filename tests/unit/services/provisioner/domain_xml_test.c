#include "services/provisioner/domain_xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct domain_guest guest = {"test", "hvm", "i686", false};

static const struct metadata metadata = {.vps_id = 0x0102030405,
                                         .sequence = 1,
                                         .state = METADATA_BUILDING,
                                         .step = "creating",
                                         .sealed_password = "abc",
                                         .sealed_length = 3,
                                         .seal_key_id = 1,
                                         .login = "root",
                                         .port = 22,
                                         .address = "192.0.2.7"};

#define GOLDEN_HEAD                                                                                \
    "<domain type=\"test\"><name>vps-4328719365</name>"                                            \
    "<uuid>11111111-2222-4333-8444-555555555555</uuid>"                                            \
    "<metadata><slipway:machine xmlns:slipway=\"urn:slipway:machine:1\" vps_id=\"4328719365\" "    \
    "sequence=\"1\" state=\"building\" step=\"creating\" address=\"192.0.2.7\" port=\"22\" "       \
    "login=\"root\" sealed_password=\"YWJj\" seal_key_id=\"1\"/></metadata>"                       \
    "<memory unit=\"MiB\">2048</memory><vcpu>2</vcpu>"                                             \
    "<os><type arch=\"i686\">hvm</type></os><on_poweroff>destroy</on_poweroff>"                    \
    "<on_reboot>restart</on_reboot><on_crash>restart</on_crash>"

static struct domain_plan plan_example(void)
{
    return (struct domain_plan){.uuid = "11111111-2222-4333-8444-555555555555",
                                .guest = &guest,
                                .vcpu = 2,
                                .ram_mb = 2048,
                                .metadata = &metadata};
}

static void a_bare_machine_is_written_as_agreed(void **state)
{
    const struct domain_plan plan = plan_example();
    CLEANUP(cleanup_free) char *xml = NULL;

    (void)state;
    assert_int_equal(domain_xml_write(&plan, &xml, NULL), 0);
    assert_string_equal(xml, GOLDEN_HEAD "<devices/></domain>");
}

static void a_machine_with_all_devices_is_written_as_agreed(void **state)
{
    struct domain_plan plan = plan_example();
    CLEANUP(cleanup_free) char *xml = NULL;

    (void)state;
    plan.network = "de<fault";
    plan.agent_channel = true;
    plan.screen = true;
    assert_int_equal(domain_xml_write(&plan, &xml, NULL), 0);
    assert_string_equal(
        xml, GOLDEN_HEAD
        "<devices><interface type=\"network\"><mac address=\"02:01:02:03:04:05\"/>"
        "<source network=\"de&lt;fault\"/><model type=\"virtio\"/></interface>"
        "<channel type=\"unix\"><target type=\"virtio\" name=\"org.qemu.guest_agent.0\"/>"
        "</channel><graphics type=\"vnc\" port=\"-1\" autoport=\"yes\" listen=\"127.0.0.1\"/>"
        "</devices></domain>");
}

static void sizes_out_of_all_range_and_odd_texts_are_refused(void **state)
{
    static const struct {
        uint32_t vcpu, ram_mb;
        const char *network;
    } cases[] = {
        {0,          1,          NULL  },
        {1025,       1,          NULL  },
        {UINT32_MAX, 1,          NULL  },
        {1,          0,          NULL  },
        {1,          UINT32_MAX, NULL  },
        {1,          1,          "a\nb"},
    };
    char *xml = NULL;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); ++i) {
        struct domain_plan plan = plan_example();

        plan.vcpu = cases[i].vcpu;
        plan.ram_mb = cases[i].ram_mb;
        plan.network = cases[i].network;
        assert_int_equal(domain_xml_write(&plan, &xml, NULL), FAULT_HARD);
        assert_null(xml);
    }
}

static void only_names_of_machines_of_ours_are_recognised(void **state)
{
    static const char *const foreign[] = {"test",   "vps-",   "vps-0",  "vps-01",
                                          "vps-1x", "vps--1", "xvps-1", "vps-18446744073709551616"};
    char name[DOMAIN_NAME_SIZE];
    uint64_t vps_id = 0;

    (void)state;
    assert_string_equal(domain_name(UINT64_MAX, name), "vps-18446744073709551615");
    assert_false(domain_name_parse(name, &vps_id));
    assert_true(vps_id == UINT64_MAX);
    for (size_t i = 0; i < ARRAY_LENGTH(foreign); ++i)
        assert_true(domain_name_parse(foreign[i], &vps_id));
}

static void the_first_kind_of_guest_with_a_domain_type_is_taken(void **state)
{
    static const char text[] =
        "<capabilities><host/><guest><os_type>odd</os_type></guest><guest><os_type>hvm</os_type>"
        "<arch name='x86_64'><domain type='qemu'/><domain type='kvm'/></arch></guest>"
        "</capabilities>";
    struct domain_guest found;

    (void)state;
    assert_int_equal(domain_xml_read_guest(text, strlen(text), &found, NULL), 0);
    assert_string_equal(found.domain_type, "qemu");
    assert_string_equal(found.os_type, "hvm");
    assert_string_equal(found.arch, "x86_64");
}

static void capabilities_without_a_guest_are_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "<capabilities/>",
        "<capabilities><guest/></capabilities>",
        "<capabilities><guest><os_type>hvm</os_type><arch name=''><domain type='x'/></arch>"
        "</guest></capabilities>",
        "<capabilities><guest><os_type>hvm</os_type><arch name='a'><domain/></arch></guest>"
        "</capabilities>",
    };
    struct domain_guest found = {.arch = "kept"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(texts); ++i)
        assert_int_equal(domain_xml_read_guest(texts[i], strlen(texts[i]), &found, NULL),
                         FAULT_HARD);
    assert_string_equal(found.arch, "kept");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bare_machine_is_written_as_agreed),
        cmocka_unit_test(a_machine_with_all_devices_is_written_as_agreed),
        cmocka_unit_test(sizes_out_of_all_range_and_odd_texts_are_refused),
        cmocka_unit_test(only_names_of_machines_of_ours_are_recognised),
        cmocka_unit_test(the_first_kind_of_guest_with_a_domain_type_is_taken),
        cmocka_unit_test(capabilities_without_a_guest_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
