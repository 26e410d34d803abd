#include "services/gateway/console_link.h"
#include "services/gateway/views.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* 00 01 … 1f */
#define TOKEN "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static void make_link(struct console_link *link)
{
    uint8_t secret[CONSOLE_SECRET_SIZE];

    for (size_t i = 0; i < sizeof(secret); ++i)
        secret[i] = (uint8_t)i;
    console_link_init(link, secret);
}

static void redis_has_the_hash_of_a_token_and_not_the_token(void **state) /* INV-8 */
{
    struct console_link link;

    (void)state;
    make_link(&link);
    assert_string_equal(link.token, TOKEN);
    /* printf %s TOKEN | sha256sum */
    assert_string_equal(link.key,
                        "console:"
                        "6c86c6aac5fb24bcf5d9939cb7d7d5645ce39418f449e03b262dd4fa14b4b92b");
    console_link_deinit(&link);
    assert_string_equal(link.token, "");
}

static void target_names_server_machine_and_node(void **state)
{
    CLEANUP(buffer_deinit) struct buffer json = {0};
    Slipway__V1__Console console = SLIPWAY__V1__CONSOLE__INIT;
    char uuid[] = "6f1c", node[] = "de-\"1";

    (void)state;
    console.vps_id = 77;
    console.machine_uuid = uuid;
    console.node_name = node;
    console_link_write_target(&json, &console);
    assert_string_equal(json.data,
                        "{\"vps_id\":77,\"machine_uuid\":\"6f1c\",\"node\":\"de-\\\"1\"}");
}

static void assert_url(const char *console_url, const char *expected)
{
    CLEANUP(buffer_deinit) struct buffer url = {0};
    struct console_link link;

    make_link(&link);
    console_link_write_url(&link, console_url, &url);
    assert_string_equal(url.data, expected);
}

static void token_stands_in_the_fragment_which_no_server_is_told(void **state) /* INV-8 */
{
    (void)state;
    assert_url("https://console.example",
               "https://console.example/vnc.html#autoconnect=true&resize=scale&path="
               "websockify%3Ftoken%3D" TOKEN);
}

static void page_behind_a_path_finds_its_socket_there(void **state)
{
    (void)state;
    assert_url("https://h.example:8443/nodes/de&1",
               "https://h.example:8443/nodes/de&1/vnc.html#autoconnect=true&resize=scale&path="
               "nodes/de%261/websockify%3Ftoken%3D" TOKEN);
}

static void console_is_rendered_as_the_contract_shows(void **state)
{
    CLEANUP(buffer_deinit) struct buffer body = {0};
    Slipway__V1__Console console = SLIPWAY__V1__CONSOLE__INIT;

    (void)state;
    console.vps_id = 77;
    view_console(&body, &console, "https://c.example/vnc.html#a", INT64_C(1788955200000000));
    assert_string_equal(body.data, "{\"vps_id\":77,\"url\":\"https://c.example/vnc.html#a\","
                                   "\"expires_at\":\"2026-09-09T12:00:00Z\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(redis_has_the_hash_of_a_token_and_not_the_token),
        cmocka_unit_test(target_names_server_machine_and_node),
        cmocka_unit_test(token_stands_in_the_fragment_which_no_server_is_told),
        cmocka_unit_test(page_behind_a_path_finds_its_socket_there),
        cmocka_unit_test(console_is_rendered_as_the_contract_shows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
