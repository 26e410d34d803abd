#include "slipctl/ssh_login.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static bool is_refused(const char *json, struct ssh_login *ret_login)
{
    json_t *credentials = json_loads(json, 0, NULL);
    const bool refused = ssh_login_read(credentials, ret_login);

    assert_non_null(credentials);
    json_decref(credentials);
    return refused;
}

static void a_login_is_read(void **state)
{
    struct ssh_login login;

    (void)state;
    assert_false(is_refused("{\"vps_id\":7,\"ip\":\"192.0.2.7\",\"port\":2222,\"login\":\"root\","
                            "\"password\":\"pass word\"}",
                            &login));
    assert_string_equal(login.address, "192.0.2.7");
    assert_string_equal(login.port, "2222");
    assert_string_equal(login.name, "root");
    assert_string_equal(login.password.text, "pass word");
    assert_false(is_refused("{\"ip\":\"2001:db8::7\",\"port\":22,\"login\":\"_a-1\","
                            "\"password\":\"\"}",
                            &login));
}

static void nothing_of_it_can_become_an_option_of_ssh(void **state)
{
    static const char *const others[] = {
        "{\"ip\":\"-oProxyCommand=id\",\"port\":22,\"login\":\"root\",\"password\":\"p\"}",
        "{\"ip\":\"example.com\",\"port\":22,\"login\":\"root\",\"password\":\"p\"}",
        "{\"ip\":\"192.0.2.7 -v\",\"port\":22,\"login\":\"root\",\"password\":\"p\"}",
        "{\"ip\":\"192.0.2.7\",\"port\":\"22\",\"login\":\"root\",\"password\":\"p\"}",
        "{\"ip\":\"192.0.2.7\",\"port\":0,\"login\":\"root\",\"password\":\"p\"}",
        "{\"ip\":\"192.0.2.7\",\"port\":65536,\"login\":\"root\",\"password\":\"p\"}",
        "{\"ip\":\"192.0.2.7\",\"port\":-22,\"login\":\"root\",\"password\":\"p\"}",
        "{\"ip\":\"192.0.2.7\",\"port\":22,\"login\":\"-oA=b\",\"password\":\"p\"}",
        "{\"ip\":\"192.0.2.7\",\"port\":22,\"login\":\"a b\",\"password\":\"p\"}",
        "{\"ip\":\"192.0.2.7\",\"port\":22,\"login\":\"\",\"password\":\"p\"}",
        ("{\"ip\":\"192.0.2.7\",\"port\":22,\"login\":\"a234567890123456789012345678901234\","
         "\"password\":\"p\"}"),
        "{\"ip\":\"192.0.2.7\",\"port\":22,\"login\":\"root\"}",
        "{\"port\":22,\"login\":\"root\",\"password\":\"p\"}",
        "{}",
    };
    struct ssh_login login = {.name = "untouched"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(others); ++i)
        assert_true(is_refused(others[i], &login));
    assert_string_equal(login.name, "untouched");
    assert_true(ssh_login_read(NULL, &login));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_login_is_read),
        cmocka_unit_test(nothing_of_it_can_become_an_option_of_ssh),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
