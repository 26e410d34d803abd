#include "services/notifier/address_rules.h"

#include "lib/base/cleanup.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct sockaddr_storage parse(const char *host)
{
    struct sockaddr_storage address;

    if (!address_parse(host, &address))
        fail_msg("%s is no address", host);
    return address;
}

static void check(const char *const *hosts, size_t count, bool is_public)
{
    for (size_t i = 0; i < count; ++i) {
        const struct sockaddr_storage address = parse(hosts[i]);

        if (address_is_public((const struct sockaddr *)&address) != is_public)
            fail_msg("%s", hosts[i]);
    }
}

static void hosts_of_the_internet_are_public(void **state)
{
    static const char *const hosts[] = {
        "1.1.1.1",          "8.8.8.8",           "9.255.255.255",   "11.0.0.0",
        "100.63.255.255",   "100.128.0.0",       "126.255.255.255", "128.0.0.0",
        "169.253.0.1",      "169.255.0.1",       "172.15.255.255",  "172.32.0.0",
        "192.167.0.1",      "192.169.0.1",       "198.17.255.255",  "198.20.0.0",
        "223.255.255.255",  "[2606:4700::1111]", "[2a00:1450::1]",  "[2001:4860:4860::8888]",
        "[::ffff:8.8.8.8]", "[2003::1]"};

    (void)state;
    check(hosts, ARRAY_LENGTH(hosts), true);
}

static void our_own_network_and_special_ranges_are_not(void **state)
{
    static const char *const hosts[] = {
        /* this network, private, carrier NAT, loopback, link-local */
        "0.0.0.0", "0.1.2.3", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255",
        "127.0.0.1", "127.255.255.255", "169.254.0.0", "169.254.169.254", "172.16.0.0",
        "172.31.255.255", "192.168.0.1", "192.168.255.255",
        /* assignments, documentation, benchmarks, relays, metadata, multicast, broadcast */
        "192.0.0.192", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.19.255.255", "198.51.100.1",
        "203.0.113.1", "168.63.129.16", "100.100.100.200", "224.0.0.1", "240.0.0.1",
        "255.255.255.255",
        /* unspecified, loopback, mapped, NAT64, discard, Teredo, documentation, 6to4 */
        "[::]", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[::ffff:169.254.169.254]",
        "[::127.0.0.1]", "[64:ff9b::10.0.0.1]", "[64:ff9b::8.8.8.8]", "[64:ff9b:1::1]", "[100::1]",
        "[2001::1]", "[2001:0:1::1]", "[2001:10::1]", "[2001:db8::1]", "[2002:a00:1::1]",
        "[2002:808:808::1]", "[3fff::1]", "[5f00::1]",
        /* unique local, metadata, link-local, site-local, multicast */
        "[fc00::1]", "[fd00:ec2::254]", "[fe80::1]", "[fec0::1]", "[ff02::1]"};

    (void)state;
    check(hosts, ARRAY_LENGTH(hosts), false);
}

static void loopback_is_known_in_every_form(void **state)
{
    static const char *const hosts[] = {"127.0.0.1", "127.1.2.3", "[::1]", "[::ffff:127.0.0.1]"};
    static const char *const others[] = {"128.0.0.1", "10.0.0.1", "[::2]", "[::ffff:10.0.0.1]"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(hosts); ++i) {
        const struct sockaddr_storage address = parse(hosts[i]);
        const struct sockaddr_storage other = parse(others[i]);

        assert_true(address_is_loopback((const struct sockaddr *)&address));
        assert_false(address_is_loopback((const struct sockaddr *)&other));
    }
}

static void other_families_lead_nowhere(void **state)
{
    const struct sockaddr local = {.sa_family = AF_UNIX};

    (void)state;
    assert_false(address_is_public(&local));
    assert_false(address_is_loopback(&local));
}

static void names_are_no_addresses(void **state)
{
    static const char *const hosts[] = {"",     "a.example", "1.2.3",  "1.2.3.4.5", "[1.2.3.4]",
                                        "[::1", "::1",       "[::1]x", "[]",        "[:::]"};
    struct sockaddr_storage address;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(hosts); ++i)
        assert_false(address_parse(hosts[i], &address));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_of_the_internet_are_public),
        cmocka_unit_test(our_own_network_and_special_ranges_are_not),
        cmocka_unit_test(loopback_is_known_in_every_form),
        cmocka_unit_test(other_families_lead_nowhere),
        cmocka_unit_test(names_are_no_addresses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
