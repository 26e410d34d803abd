#include "services/provisioner/domain_xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct domain_guest guest = {"test", "hvm", "i686", false};

static const struct domain_guest light = {"lxc", "exe", "x86_64", false};

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
                                .address6 = "",
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
        "</channel><graphics type=\"vnc\"><listen type=\"socket\"/></graphics>"
        "</devices></domain>");
}

static const struct domain_disks disks = {"im&ages", "vps-1-a.qcow2", "vps-1-a-seed.iso", "/im"};

static void a_machine_that_boots_is_written_as_agreed(void **state)
{
    static const char wanted[] =
        "<os><type arch=\"i686\">hvm</type></os><features><acpi/><tcg>"
        "<tb-cache unit=\"MiB\">32</tb-cache></tcg></features><cpu mode=\"maximum\"/>"
        "<clock offset=\"utc\"/><on_poweroff>destroy</on_poweroff>"
        "<on_reboot>restart</on_reboot><on_crash>restart</on_crash><devices>"
        "<disk type=\"volume\" device=\"disk\">"
        "<driver name=\"qemu\" type=\"qcow2\" discard=\"unmap\"/>"
        "<source pool=\"im&amp;ages\" volume=\"vps-1-a.qcow2\"/>"
        "<target dev=\"vda\" bus=\"virtio\"/></disk>"
        "<disk type=\"volume\" device=\"disk\">"
        "<driver name=\"qemu\" type=\"raw\" discard=\"unmap\"/>"
        "<source pool=\"im&amp;ages\" volume=\"vps-1-a-seed.iso\"/>"
        "<target dev=\"vdb\" bus=\"virtio\"/><readonly/></disk><serial type=\"pty\"/>"
        "<rng model=\"virtio\"><backend model=\"random\">/dev/urandom</backend></rng>"
        "<interface type=\"network\"><mac address=\"02:01:02:03:04:05\"/>"
        "<source network=\"public\"/><model type=\"virtio\"/><filterref filter=\"f&lt;\">"
        "<parameter name=\"MAC\" value=\"02:01:02:03:04:05\"/>"
        "<parameter name=\"IP\" value=\"192.0.2.7\"/>"
        "<parameter name=\"IPV6\" value=\"::1\"/></filterref></interface></devices></domain>";
    struct domain_plan plan = plan_example();
    CLEANUP(cleanup_free) char *xml = NULL;

    (void)state;
    plan.disks = &disks;
    plan.network = "public";
    plan.filter = "f<";
    assert_int_equal(domain_xml_write(&plan, &xml, NULL), 0);
    assert_string_equal(strstr(xml, "<os>"), wanted);
}

static void the_filter_knows_the_address_of_ipv6(void **state)
{
    struct domain_plan plan = plan_example();
    CLEANUP(cleanup_free) char *xml = NULL;

    (void)state;
    plan.network = "public";
    plan.filter = "guest";
    plan.address6 = "2001:db8::7";
    assert_int_equal(domain_xml_write(&plan, &xml, NULL), 0);
    assert_non_null(strstr(xml, "<parameter name=\"IPV6\" value=\"2001:db8::7\"/>"));
}

static void a_machine_with_kvm_has_no_emulator(void **state)
{
    struct domain_plan plan = plan_example();
    CLEANUP(cleanup_free) char *xml = NULL;

    (void)state;
    plan.disks = &disks;
    plan.kvm = true;
    assert_int_equal(domain_xml_write(&plan, &xml, NULL), 0);
    assert_ptr_equal(strstr(xml, "<domain type=\"kvm\">"), xml);
    assert_non_null(strstr(xml, "<cpu mode=\"host-model\"/>"));
    assert_null(strstr(xml, "tcg"));
}

static void a_container_is_written_as_agreed(void **state)
{
    static const char wanted[] =
        "<os><type "
        "arch=\"x86_64\">exe</type><init>/sbin/init</init></os><features><privnet/></features>"
        "<on_poweroff>destroy</on_poweroff><on_reboot>restart</on_reboot>"
        "<on_crash>restart</on_crash><devices>"
        "<filesystem type=\"file\"><source file=\"/im/vps-1-a.qcow2\"/><target dir=\"/\"/>"
        "<driver type=\"loop\" format=\"raw\"/></filesystem>"
        "<filesystem type=\"mount\"><source dir=\"/im/vps-1-a-seed.iso\"/>"
        "<target dir=\"/seed.iso\"/><readonly/></filesystem><console type=\"pty\"/>"
        "<interface type=\"network\"><mac address=\"02:01:02:03:04:05\"/>"
        "<source network=\"public\"/><target dev=\"vps0102030405\"/><filterref filter=\"f\">"
        "<parameter name=\"MAC\" value=\"02:01:02:03:04:05\"/>"
        "<parameter name=\"IP\" value=\"192.0.2.7\"/>"
        "<parameter name=\"IPV6\" "
        "value=\"2001:db8::7\"/></filterref></interface></devices></domain>";
    struct domain_plan plan = plan_example();
    CLEANUP(cleanup_free) char *xml = NULL;

    (void)state;
    plan.guest = &light;
    plan.disks = &disks;
    plan.network = "public";
    plan.filter = "f";
    plan.address6 = "2001:db8::7";
    assert_int_equal(domain_xml_write(&plan, &xml, NULL), 0);
    assert_string_equal(strstr(xml, "<os>"), wanted);
}

static void no_two_builds_share_a_volume(void **state)
{
    struct domain_disks made;

    (void)state;
    domain_name_disks(77, "11111111-2222-4333-8444-555555555555", "images", &guest, &made);
    assert_string_equal(made.pool, "images");
    assert_string_equal(made.root, "vps-77-11111111-2222-4333-8444-555555555555.qcow2");
    assert_string_equal(made.seed, "vps-77-11111111-2222-4333-8444-555555555555-seed.iso");
    domain_name_disks(77, "11111111-2222-4333-8444-555555555555", "images", &light, &made);
    assert_string_equal(made.root, "vps-77-11111111-2222.raw");
    assert_string_equal(made.seed, "vps-77-11111111-2222-4333-8444-555555555555-seed.iso");
}

#define DISK(pool, volume)                                                                         \
    "<disk type='volume'><source pool='" pool "' volume='" volume "'/></disk>"

static void only_a_machines_own_volumes_are_read_from_its_xml(void **state)
{
    static const char text[] = "<domain><devices><emulator/>" DISK("a", "vps-7-x.qcow2")
        DISK("a", "vps-77-x.qcow2") DISK("a", "vps-7.qcow2") DISK("a", "debian.qcow2")
            DISK("", "vps-7-x") "<disk><source file='/vps-7-x'/></disk><disk/>" DISK(
                "b", "vps-7-x-seed.iso") "</devices></domain>";
    struct domain_volume volumes[DOMAIN_VOLUMES_MAX];
    size_t count = 0;

    (void)state;
    assert_int_equal(domain_xml_read_volumes(text, strlen(text), 7, volumes, &count, NULL), 0);
    assert_int_equal(count, 2);
    assert_string_equal(volumes[0].pool, "a");
    assert_string_equal(volumes[0].name, "vps-7-x.qcow2");
    assert_string_equal(volumes[1].pool, "b");
    assert_string_equal(volumes[1].name, "vps-7-x-seed.iso");
}

static void a_containers_volumes_are_read_by_their_paths(void **state)
{
    static const char text[] =
        "<domain><devices><filesystem><source file='/im/vps-7-x.raw'/></filesystem>"
        "<filesystem><source dir='/im/vps-7-x-seed.iso'/></filesystem>"
        "<filesystem><source dir='/vps-7-x/home'/></filesystem><filesystem/>"
        "<filesystem><source file='vps-7-x'/></filesystem>"
        "<filesystem><source pool='a' volume='vps-7-x'/></filesystem></devices></domain>";
    struct domain_volume volumes[DOMAIN_VOLUMES_MAX];
    size_t count = 0;

    (void)state;
    assert_int_equal(domain_xml_read_volumes(text, strlen(text), 7, volumes, &count, NULL), 0);
    assert_int_equal(count, 2);
    assert_string_equal(volumes[0].pool, "");
    assert_string_equal(volumes[0].path, "/im/vps-7-x.raw");
    assert_string_equal(volumes[0].name, "vps-7-x.raw");
    assert_string_equal(volumes[1].path, "/im/vps-7-x-seed.iso");
}

static void xml_that_can_not_be_a_machine_of_ours_names_no_volumes(void **state)
{
    static const char nine[] = "<domain><devices>" DISK("a", "vps-7-1") DISK("a", "vps-7-2")
        DISK("a", "vps-7-3") DISK("a", "vps-7-4") DISK("a", "vps-7-5") DISK("a", "vps-7-6")
            DISK("a", "vps-7-7") DISK("a", "vps-7-8") DISK("a", "vps-7-9") "</devices></domain>";
    static const char *const texts[] = {"", "<domain/>", nine};
    struct domain_volume volumes[DOMAIN_VOLUMES_MAX];
    size_t count = 99;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(texts); ++i)
        assert_int_equal(
            domain_xml_read_volumes(texts[i], strlen(texts[i]), 7, volumes, &count, NULL),
            FAULT_HARD);
    assert_int_equal(count, 99);
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
    assert_true(found.has_kvm);
    assert_string_equal(found.os_type, "hvm");
    assert_string_equal(found.arch, "x86_64");
}

static void the_nodes_own_architecture_is_preferred(void **state)
{
    static const char text[] =
        "<capabilities><host><cpu><arch>x86_64</arch></cpu></host>"
        "<guest><os_type>hvm</os_type><arch name='i686'><domain type='qemu'/></arch></guest>"
        "<guest><os_type>hvm</os_type><arch name='x86_64'><domain type='qemu'/>"
        "<domain type='kvm'/></arch></guest>"
        "<guest><os_type>xen</os_type><arch name='arm'><domain type='qemu'/></arch></guest>"
        "</capabilities>";
    struct domain_guest found;

    (void)state;
    assert_int_equal(domain_xml_read_guest(text, strlen(text), &found, NULL), 0);
    assert_string_equal(found.arch, "x86_64");
    assert_true(found.has_kvm);
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
        cmocka_unit_test(a_machine_that_boots_is_written_as_agreed),
        cmocka_unit_test(the_filter_knows_the_address_of_ipv6),
        cmocka_unit_test(a_machine_with_kvm_has_no_emulator),
        cmocka_unit_test(a_container_is_written_as_agreed),
        cmocka_unit_test(no_two_builds_share_a_volume),
        cmocka_unit_test(only_a_machines_own_volumes_are_read_from_its_xml),
        cmocka_unit_test(a_containers_volumes_are_read_by_their_paths),
        cmocka_unit_test(xml_that_can_not_be_a_machine_of_ours_names_no_volumes),
        cmocka_unit_test(sizes_out_of_all_range_and_odd_texts_are_refused),
        cmocka_unit_test(only_names_of_machines_of_ours_are_recognised),
        cmocka_unit_test(the_first_kind_of_guest_with_a_domain_type_is_taken),
        cmocka_unit_test(the_nodes_own_architecture_is_preferred),
        cmocka_unit_test(capabilities_without_a_guest_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
