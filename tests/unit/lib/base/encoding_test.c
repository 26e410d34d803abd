#include "lib/base/encoding.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void hex_reads_back_and_refuses_the_rest(void **state)
{
    unsigned char bytes[2] = {0};
    char text[5];

    (void)state;
    hex_encode("\xab\x01", 2, text);
    assert_string_equal(text, "ab01");
    assert_false(hex_decode("AB01", bytes, 2));
    assert_memory_equal(bytes, "\xab\x01", 2);
    assert_true(hex_decode("ab0", bytes, 2));
    assert_true(hex_decode("ab012", bytes, 2));
    assert_true(hex_decode("ab0g", bytes, 2));
}

static void ulids_sort_by_time_and_do_not_repeat(void **state)
{
    char early[ULID_TEXT_SIZE], late[ULID_TEXT_SIZE], again[ULID_TEXT_SIZE];

    (void)state;
    (void)ulid_make(1469918176385000, early);
    (void)ulid_make(1469918176386000, late);
    (void)ulid_make(1469918176386000, again);
    assert_int_equal(strlen(early), 26);
    assert_memory_equal(early, "01ARYZ6S41", 10); /* the example of the ULID specification */
    assert_true(strcmp(early, late) < 0);
    assert_string_not_equal(late, again);
}

static void decimals_are_read_whole_or_not_at_all(void **state)
{
    static const char *const wrong[] = {"",   "-", "+1", " 1", "1 ", "1x", "18446744073709551616",
                                        "007"};
    uint64_t number = 7;
    int64_t integer = 7;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(wrong); ++i)
        assert_true(decimal_parse_u64(wrong[i], &number));
    assert_true(decimal_parse_u64("-1", &number));
    assert_int_equal(number, 7);
    assert_false(decimal_parse_u64("18446744073709551615", &number));
    assert_true(number == UINT64_MAX);
    assert_false(decimal_parse_u64("0", &number));
    assert_int_equal(number, 0);
    assert_false(decimal_parse_i64("-9223372036854775808", &integer));
    assert_true(integer == INT64_MIN);
    assert_true(decimal_parse_i64("9223372036854775808", &integer));
    assert_true(decimal_parse_i64("--1", &integer));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hex_reads_back_and_refuses_the_rest),
        cmocka_unit_test(ulids_sort_by_time_and_do_not_repeat),
        cmocka_unit_test(decimals_are_read_whole_or_not_at_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
