#include "lib/http/query.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_pairs(const char *query, const char *expected, size_t length, size_t count)
{
    char pairs[QUERY_PAIRS_SIZE(64)];
    size_t found = 99;

    assert_false(query_decode(query, pairs, &found));
    assert_int_equal(found, count);
    assert_memory_equal(pairs, expected, length);
}

static void pairs_come_in_order_and_decoded(void **state)
{
    (void)state;
    assert_pairs("", "", 0, 0);
    assert_pairs("a=1", "a\0001", 4, 1);
    assert_pairs("a=1&a=2&b", "a\0001\0a\0002\0b\0", 11, 3);
    assert_pairs("&&a=&", "a\0", 3, 1);
    assert_pairs("a%3Db=c+d%2B=e", "a=b\0c d+=e", 11, 1);
    assert_pairs("=", "\0", 2, 1);
}

static void broken_escapes_and_controls_are_wrong(void **state)
{
    static const char *const queries[] = {"a=%",   "a=%1",   "a=%zz", "a=%00",  "%0a=1",
                                          "a=b c", "a=\x01", "a=%7f", "a=%&b=1"};
    char pairs[QUERY_PAIRS_SIZE(64)];
    char path[64];
    size_t count;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(queries); i++) {
        assert_true(query_decode(queries[i], pairs, &count));
        assert_true(query_decode_path(queries[i], strlen(queries[i]), path));
    }
}

static void a_path_keeps_its_plus(void **state)
{
    char path[64];

    (void)state;
    assert_false(query_decode_path("/a+b%20c/d?x", 10, path));
    assert_string_equal(path, "/a+b c/d");
}

static void escaped_slash_is_wrong_in_a_path_only(void **state)
{
    char path[64];

    (void)state;
    assert_true(query_decode_path("/vps%2F7", 8, path));
    assert_true(query_decode_path("/vps/%2f7", 9, path));
    assert_pairs("a%2Fb=%2f", "a/b\0/", 6, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_come_in_order_and_decoded),
        cmocka_unit_test(broken_escapes_and_controls_are_wrong),
        cmocka_unit_test(a_path_keeps_its_plus),
        cmocka_unit_test(escaped_slash_is_wrong_in_a_path_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
