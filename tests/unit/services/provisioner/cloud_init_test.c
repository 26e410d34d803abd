#include "services/provisioner/cloud_init.h"

#include "services/provisioner/seed_image.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* ECMA-119: the primary volume descriptor is sector 16, and names the volume at byte 40. */
enum { descriptor_at = 32768, volume_name_at = 32808 };

static struct cloud_init_plan plan_example(void)
{
    return (struct cloud_init_plan){.instance_id = "11111111-2222-4333-8444-555555555555",
                                    .hostname = "vps-7",
                                    .login = "root",
                                    .password_hash = "$6$salt$hash",
                                    .mac = "02:00:00:00:00:07",
                                    .address = "192.0.2.7",
                                    .prefix_length = 24,
                                    .gateway = "192.0.2.1",
                                    .address6 = "",
                                    .gateway6 = "",
                                    .nameservers = ""};
}

static void name_and_network_are_written_as_agreed(void **state)
{
    const struct cloud_init_plan plan = plan_example();
    CLEANUP(cloud_init_deinit) struct cloud_init documents = {.meta_data = NULL};

    (void)state;
    assert_int_equal(cloud_init_write(&plan, &documents, NULL), 0);
    assert_string_equal(documents.meta_data,
                        "{\n"
                        " \"instance-id\": \"11111111-2222-4333-8444-555555555555\",\n"
                        " \"local-hostname\": \"vps-7\"\n"
                        "}\n");
    assert_string_equal(documents.network_config, "{\n"
                                                  " \"version\": 2,\n"
                                                  " \"ethernets\": {\n"
                                                  "  \"public\": {\n"
                                                  "   \"match\": {\n"
                                                  "    \"macaddress\": \"02:00:00:00:00:07\"\n"
                                                  "   },\n"
                                                  "   \"addresses\": [\n"
                                                  "    \"192.0.2.7/24\"\n"
                                                  "   ],\n"
                                                  "   \"routes\": [\n"
                                                  "    {\n"
                                                  "     \"to\": \"0.0.0.0/0\",\n"
                                                  "     \"via\": \"192.0.2.1\"\n"
                                                  "    }\n"
                                                  "   ]\n"
                                                  "  }\n"
                                                  " }\n"
                                                  "}\n");
}

static void ipv6_stands_beside_ipv4(void **state)
{
    struct cloud_init_plan plan = plan_example();
    CLEANUP(cloud_init_deinit) struct cloud_init documents = {.meta_data = NULL};

    (void)state;
    plan.address6 = "2001:db8::7";
    plan.prefix_length6 = 64;
    plan.gateway6 = "fe80::1";
    assert_int_equal(cloud_init_write(&plan, &documents, NULL), 0);
    assert_non_null(strstr(documents.network_config, "   \"addresses\": [\n"
                                                     "    \"192.0.2.7/24\",\n"
                                                     "    \"2001:db8::7/64\"\n"
                                                     "   ],\n"
                                                     "   \"routes\": [\n"
                                                     "    {\n"
                                                     "     \"to\": \"0.0.0.0/0\",\n"
                                                     "     \"via\": \"192.0.2.1\"\n"
                                                     "    },\n"
                                                     "    {\n"
                                                     "     \"to\": \"::/0\",\n"
                                                     "     \"via\": \"fe80::1\"\n"
                                                     "    }\n"
                                                     "   ]\n"));
}

static void the_login_is_written_as_agreed(void **state)
{
    const struct cloud_init_plan plan = plan_example();
    CLEANUP(cloud_init_deinit) struct cloud_init documents = {.meta_data = NULL};

    (void)state;
    assert_int_equal(cloud_init_write(&plan, &documents, NULL), 0);
    assert_string_equal(documents.user_data,
                        "#cloud-config\n"
                        "{\n"
                        " \"disable_root\": false,\n"
                        " \"ssh_pwauth\": true,\n"
                        " \"chpasswd\": {\n"
                        "  \"expire\": false,\n"
                        "  \"users\": [\n"
                        "   {\n"
                        "    \"name\": \"root\",\n"
                        "    \"password\": \"$6$salt$hash\",\n"
                        "    \"type\": \"hash\"\n"
                        "   }\n"
                        "  ]\n"
                        " },\n"
                        " \"write_files\": [\n"
                        "  {\n"
                        "   \"path\": \"/etc/ssh/sshd_config.d/10-slipway.conf\",\n"
                        "   \"permissions\": \"0644\",\n"
                        "   \"content\": \"PermitRootLogin yes\\nPasswordAuthentication yes\\n\"\n"
                        "  }\n"
                        " ],\n"
                        " \"runcmd\": [\n"
                        "  [\n"
                        "   \"sh\",\n"
                        "   \"-c\",\n"
                        "   \"systemctl reload ssh || systemctl reload sshd || true\"\n"
                        "  ]\n"
                        " ]\n"
                        "}\n");
}

static void name_servers_are_told_one_by_one(void **state)
{
    struct cloud_init_plan plan = plan_example();
    CLEANUP(cloud_init_deinit) struct cloud_init documents = {.meta_data = NULL};
    json_t *config, *list;

    (void)state;
    plan.nameservers = "192.0.2.53,,198.51.100.53";
    assert_int_equal(cloud_init_write(&plan, &documents, NULL), 0);
    config = json_loads(documents.network_config, 0, NULL);
    assert_int_equal(json_unpack(config, "{s:{s:{s:{s:o}}}}", "ethernets", "public", "nameservers",
                                 "addresses", &list),
                     0);
    assert_int_equal(json_array_size(list), 2);
    assert_string_equal(json_string_value(json_array_get(list, 0)), "192.0.2.53");
    assert_string_equal(json_string_value(json_array_get(list, 1)), "198.51.100.53");
    json_decref(config);
}

static void no_value_becomes_anything_but_itself(void **state)
{
    static const char evil[] = "x\"\n}\nruncmd: [reboot]\n#";
    struct cloud_init_plan plan = plan_example();
    CLEANUP(cloud_init_deinit) struct cloud_init documents = {.meta_data = NULL};
    const char *name = NULL, *hash = NULL;
    json_t *meta, *user;

    (void)state;
    plan.hostname = evil;
    plan.password_hash = evil;
    assert_int_equal(cloud_init_write(&plan, &documents, NULL), 0);
    meta = json_loads(documents.meta_data, 0, NULL);
    user = json_loads(strchr(documents.user_data, '{'), 0, NULL);
    assert_int_equal(json_unpack(meta, "{s:s}", "local-hostname", &name), 0);
    assert_int_equal(json_unpack(user, "{s:{s:[{s:s}]}}", "chpasswd", "users", "password", &hash),
                     0);
    assert_string_equal(name, evil);
    assert_string_equal(hash, evil);
    json_decref(meta);
    json_decref(user);
}

static void what_is_no_text_or_no_address_is_refused(void **state)
{
    struct cloud_init_plan plan = plan_example();
    struct cloud_init documents = {.meta_data = NULL};
    char long_address[100];

    (void)state;
    plan.hostname = "\xff";
    assert_int_equal(cloud_init_write(&plan, &documents, NULL), FAULT_HARD);
    plan = plan_example();
    memset(long_address, '1', sizeof(long_address) - 1);
    long_address[sizeof(long_address) - 1] = '\0';
    plan.address = long_address;
    assert_int_equal(cloud_init_write(&plan, &documents, NULL), FAULT_HARD);
    assert_null(documents.meta_data);
}

static void the_seed_is_a_volume_that_cloud_init_looks_for(void **state)
{
    const struct cloud_init_plan plan = plan_example();
    CLEANUP(cloud_init_deinit) struct cloud_init documents = {.meta_data = NULL};
    CLEANUP(cleanup_free) unsigned char *image = NULL;
    size_t length = 0;

    (void)state;
    assert_int_equal(cloud_init_write(&plan, &documents, NULL), 0);
    assert_int_equal(seed_image_make(&documents, &image, &length, NULL), 0);
    assert_memory_equal(image + descriptor_at + 1, "CD001", 5);
    assert_memory_equal(image + volume_name_at, "cidata ", 7);
    assert_non_null(memmem(image, length, documents.meta_data, strlen(documents.meta_data)));
    assert_non_null(memmem(image, length, documents.user_data, strlen(documents.user_data)));
    assert_non_null(
        memmem(image, length, documents.network_config, strlen(documents.network_config)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(name_and_network_are_written_as_agreed),
        cmocka_unit_test(ipv6_stands_beside_ipv4),
        cmocka_unit_test(the_login_is_written_as_agreed),
        cmocka_unit_test(name_servers_are_told_one_by_one),
        cmocka_unit_test(no_value_becomes_anything_but_itself),
        cmocka_unit_test(what_is_no_text_or_no_address_is_refused),
        cmocka_unit_test(the_seed_is_a_volume_that_cloud_init_looks_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
