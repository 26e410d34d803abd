#include "services/gateway/client_address.h"

#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct proxies make_proxies(const char *list)
{
    struct proxies proxies;

    if (proxies_parse(list, &proxies))
        fail_msg("\"%s\" was refused", list);
    return proxies;
}

static void assert_client(const char *list, const char *peer, const char *forwarded,
                          const char *expected)
{
    const struct proxies proxies = make_proxies(list);
    struct address client, wanted;

    assert_false(address_parse(expected, &wanted));
    if (client_address_find(&proxies, peer, forwarded, &client) ||
        memcmp(&client, &wanted, sizeof(client)) != 0)
        fail_msg("%s from %s by %s is not %s", forwarded == NULL ? "none" : forwarded, peer, list,
                 expected);
}

static void nobody_is_believed_by_default(void **state)
{
    (void)state;
    assert_client("", "198.51.100.1", "203.0.113.7", "198.51.100.1");
    assert_client("", "198.51.100.1", NULL, "198.51.100.1");
    assert_client("", "::ffff:198.51.100.1", NULL, "198.51.100.1");
}

static void only_a_proxy_of_ours_is_believed(void **state)
{
    (void)state;
    assert_client("10.0.0.0/8", "10.0.0.1", "203.0.113.7", "203.0.113.7");
    assert_client("10.0.0.0/8", "::ffff:10.0.0.1", "2001:db8::7", "2001:db8::7");
    assert_client("10.0.0.0/8", "11.0.0.1", "203.0.113.7", "11.0.0.1");
    assert_client("10.0.0.0/8", "10.0.0.1", NULL, "10.0.0.1");
    assert_client("10.0.0.0/8", "10.0.0.1", "", "10.0.0.1");
}

static void what_a_caller_wrote_before_the_proxy_is_not_believed(void **state)
{
    (void)state;
    assert_client("10.0.0.0/8", "10.0.0.1", "192.0.2.1, 203.0.113.7", "203.0.113.7");
    assert_client("10.0.0.0/8", "10.0.0.1", "10.0.0.9,203.0.113.7", "203.0.113.7");
    assert_client("10.0.0.0/8", "10.0.0.1", "nonsense,,\t203.0.113.7 ", "203.0.113.7");
}

static void proxies_before_proxies_are_passed_over(void **state)
{
    (void)state;
    assert_client("10.0.0.0/8,2001:db8::/32", "10.0.0.1", "192.0.2.1, 203.0.113.7, 2001:db8::1",
                  "203.0.113.7");
    assert_client("10.0.0.0/8", "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3");
}

static void ports_and_brackets_are_left_out(void **state)
{
    (void)state;
    assert_client("10.0.0.1", "10.0.0.1", "203.0.113.7:4711", "203.0.113.7");
    assert_client("10.0.0.1", "10.0.0.1", "[2001:db8::7]", "2001:db8::7");
    assert_client("10.0.0.1", "10.0.0.1", "[2001:db8::7]:4711", "2001:db8::7");
    assert_client("10.0.0.1", "10.0.0.1", "::ffff:203.0.113.7", "203.0.113.7");
}

static void what_is_no_address_is_nobody(void **state)
{
    static const char *const entries[] = {
        "unknown",
        "_hidden",
        " ",
        "203.0.113.7,",
        "203.0.113.7, ",
        "203.0.113",
        "[2001:db8::",
        "[]",
        "[2001:db8::7]x",
        "203.0.113.7/32",
        "203.0.113.7 1",
        "fe80::1%eth0",
        "203.0.113.7,10.0.0.2,unknown",
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffffffffffffffffffffffffffffffff",
    };
    const struct proxies proxies = make_proxies("10.0.0.0/8");
    struct address client;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(entries); ++i)
        if (!client_address_find(&proxies, "10.0.0.1", entries[i], &client))
            fail_msg("\"%s\" was taken", entries[i]);
    assert_true(client_address_find(&proxies, "", "203.0.113.7", &client));
}

static void list_of_proxies_is_read_strictly(void **state)
{
    static const char *const lists[] = {",",   "10.0.0.0/8,", "10.0.0.0/8,,10.0.0.1",
                                        "any", "10.0.0.1/8",  "10.0.0.0/8;10.0.0.1"};
    struct proxies proxies;
    char many[16 * (PROXIES_MAX + 1)] = "";

    (void)state;
    assert_int_equal(make_proxies("").count, 0);
    assert_int_equal(make_proxies(" ").count, 0);
    assert_int_equal(make_proxies(" 10.0.0.0/8 ,\t::1, 192.0.2.1").count, 3);
    for (size_t i = 0; i < ARRAY_LENGTH(lists); ++i)
        if (!proxies_parse(lists[i], &proxies))
            fail_msg("\"%s\" was taken", lists[i]);
    for (int i = 0; i < PROXIES_MAX; ++i)
        (void)snprintf(many + strlen(many), sizeof(many) - strlen(many), "%s10.0.0.%d",
                       i == 0 ? "" : ",", i);
    assert_int_equal(make_proxies(many).count, PROXIES_MAX);
    (void)snprintf(many + strlen(many), sizeof(many) - strlen(many), ",10.0.1.0");
    assert_true(proxies_parse(many, &proxies));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_believed_by_default),
        cmocka_unit_test(only_a_proxy_of_ours_is_believed),
        cmocka_unit_test(what_a_caller_wrote_before_the_proxy_is_not_believed),
        cmocka_unit_test(proxies_before_proxies_are_passed_over),
        cmocka_unit_test(ports_and_brackets_are_left_out),
        cmocka_unit_test(what_is_no_address_is_nobody),
        cmocka_unit_test(list_of_proxies_is_read_strictly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
