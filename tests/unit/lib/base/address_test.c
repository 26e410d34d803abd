#include "lib/base/address.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static bool contains(const char *block_text, const char *address_text)
{
    struct address_block block;
    struct address address;

    assert_false(address_block_parse(block_text, &block));
    assert_false(address_parse(address_text, &address));
    return address_block_contains(&block, &address);
}

static void block_holds_the_addresses_of_its_prefix_and_no_others(void **state)
{
    (void)state;
    assert_true(contains("10.0.0.0/8", "10.255.0.1"));
    assert_false(contains("10.0.0.0/8", "11.0.0.0"));
    assert_true(contains("192.0.2.128/25", "192.0.2.128"));
    assert_true(contains("192.0.2.128/25", "192.0.2.255"));
    assert_false(contains("192.0.2.128/25", "192.0.2.127"));
    assert_true(contains("203.0.113.7", "203.0.113.7"));
    assert_false(contains("203.0.113.7", "203.0.113.6"));
    assert_true(contains("203.0.113.7/32", "203.0.113.7"));
    assert_true(contains("2001:db8::/33", "2001:db8:7fff::1"));
    assert_false(contains("2001:db8::/33", "2001:db8:8000::1"));
    assert_true(contains("2001:db8::1", "2001:0db8:0:0::1"));
    assert_false(contains("2001:db8::1", "2001:db8::2"));
}

static void mapped_address_is_the_ipv4_address(void **state)
{
    (void)state;
    assert_true(contains("10.0.0.0/8", "::ffff:10.1.2.3"));
    assert_true(contains("10.0.0.0/8", "::ffff:0a01:0203"));
    assert_true(contains("::ffff:10.0.0.0/104", "10.1.2.3"));
    assert_false(contains("::ffff:10.0.0.0/104", "11.1.2.3"));
}

static void everything_of_one_family_is_nothing_of_the_other(void **state)
{
    (void)state;
    assert_true(contains("0.0.0.0/0", "255.255.255.255"));
    assert_true(contains("0.0.0.0/0", "::ffff:1.2.3.4"));
    assert_false(contains("0.0.0.0/0", "::1"));
    assert_true(contains("::/0", "2001:db8::1"));
    assert_false(contains("::/0", "1.2.3.4"));
    assert_false(contains("::/0", "::ffff:1.2.3.4"));
    assert_false(contains("::/80", "::ffff:1.2.3.4"));
}

static void what_is_no_block_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "/",
        "/8",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/08",
        "10.0.0.0/-1",
        "10.0.0.0/8 ",
        " 10.0.0.0/8",
        "10.0.0.0/8/8",
        "10.0.0.1/8",
        "10.0.0/8",
        "010.0.0.0/8",
        "0x0a.0.0.0",
        "256.0.0.0/8",
        "2001:db8::/129",
        "2001:db8::1/64",
        "::ffff:10.0.0.1/104",
        "fe80::1%eth0",
        "[::1]",
        "localhost",
        "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.2555",
    };
    struct address_block block;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(texts); ++i)
        if (!address_block_parse(texts[i], &block))
            fail_msg("\"%s\" was taken", texts[i]);
}

static void block_is_written_in_its_shortest_form(void **state)
{
    static const struct {
        const char *read, *written;
    } pairs[] = {
        {"10.0.0.0/8",                                    "10.0.0.0/8"   },
        {"0.0.0.0/0",                                     "0.0.0.0/0"    },
        {"203.0.113.7/32",                                "203.0.113.7"  },
        {"::ffff:10.0.0.0/104",                           "10.0.0.0/8"   },
        {"::ffff:0:0/96",                                 "0.0.0.0/0"    },
        {"2001:0DB8:0000::/32",                           "2001:db8::/32"},
        {"2001:db8::1/128",                               "2001:db8::1"  },
        {"::/0",                                          "::/0"         },
        {"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
         "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"                       },
    };
    struct address_block block;
    char text[ADDRESS_BLOCK_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(pairs); ++i) {
        assert_false(address_block_parse(pairs[i].read, &block));
        assert_string_equal(address_block_format(&block, text), pairs[i].written);
    }
}

static void offsets_carry_over_bytes_and_end_at_the_last_address(void **state)
{
    uint8_t bytes[4] = {10, 0, 255, 254};

    (void)state;
    assert_false(address_add(bytes, sizeof(bytes), 3));
    assert_memory_equal(bytes, "\x0a\x01\x00\x01", sizeof(bytes));
    assert_false(address_add(bytes, sizeof(bytes), 0));
    assert_true(address_add(bytes, sizeof(bytes), UINT32_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(block_holds_the_addresses_of_its_prefix_and_no_others),
        cmocka_unit_test(mapped_address_is_the_ipv4_address),
        cmocka_unit_test(everything_of_one_family_is_nothing_of_the_other),
        cmocka_unit_test(what_is_no_block_is_refused),
        cmocka_unit_test(block_is_written_in_its_shortest_form),
        cmocka_unit_test(offsets_carry_over_bytes_and_end_at_the_last_address),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
