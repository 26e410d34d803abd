/* Golden bytes: what array_send() and the other send functions of PostgreSQL 15 produce. */
#include "lib/pg/array.h"
#include "lib/pg/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void assert_encoded(const struct pg_array *array, const void *bytes, size_t length)
{
    size_t encoded_length = 0;
    const void *encoded = pg_array_encoded(array, &encoded_length);

    assert_non_null(encoded);
    assert_int_equal(encoded_length, length);
    assert_memory_equal(encoded, bytes, length);
}

static void array_of_numbers_is_what_array_send_writes(void **state)
{
    static const unsigned char golden[] = {
        0, 0, 0, 1, 0,   0,   0,   0,   0,   0,   0,   20,  0, 0, 0, 2, 0, 0, 0, 1, /* header */
        0, 0, 0, 8, 0,   0,   0,   0,   0,   0,   0,   7,                           /* 7 */
        0, 0, 0, 8, 255, 255, 255, 255, 255, 255, 255, 254,                         /* -2 */
    };
    CLEANUP(pg_array_free_cleanup) struct pg_array *array = pg_array_new(PG_ARRAY_I64);

    (void)state;
    pg_array_push_number(array, 7);
    pg_array_push_number(array, -2);
    assert_encoded(array, golden, sizeof(golden));
    assert_int_equal(pg_array_length(array), 2);
    assert_int_equal(pg_array_oid(array), OID_INT8_ARRAY);
}

static void array_with_null_sets_the_flag(void **state)
{
    static const unsigned char golden[] = {
        0, 0, 0, 1, 0, 0, 0, 1,   0,   0,   0,   25,  0,   0, 0, 3, 0,
        0, 0, 1, 0, 0, 0, 2, 'o', 'k', 255, 255, 255, 255, 0, 0, 0, 0,
    };
    CLEANUP(pg_array_free_cleanup) struct pg_array *array = pg_array_new(PG_ARRAY_TEXT);

    (void)state;
    pg_array_push_text(array, "ok");
    pg_array_push_null(array);
    pg_array_push_text(array, "");
    assert_encoded(array, golden, sizeof(golden));
}

static void empty_array_has_no_dimension(void **state)
{
    static const unsigned char golden[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 17};
    CLEANUP(pg_array_free_cleanup) struct pg_array *array = pg_array_new(PG_ARRAY_BYTES);

    (void)state;
    assert_encoded(array, golden, sizeof(golden));
}

static void reset_array_starts_from_nothing(void **state)
{
    static const unsigned char golden[] = {
        0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 1,
    };
    CLEANUP(pg_array_free_cleanup) struct pg_array *array = pg_array_new(PG_ARRAY_BOOL);

    (void)state;
    pg_array_push_null(array);
    pg_array_push_number(array, 0);
    pg_array_reset(array);
    assert_int_equal(pg_array_length(array), 0);
    pg_array_push_number(array, 1);
    assert_encoded(array, golden, sizeof(golden));
}

static void small_numbers_and_times_have_their_own_sizes(void **state)
{
    static const unsigned char number[] = {
        0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 23, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 1, 0,
    };
    static const unsigned char time[] = {
        0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 4, 160, 0, 0, 0, 1,
        0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0, 0,   0, 0, 0, 1,
    };
    CLEANUP(pg_array_free_cleanup) struct pg_array *numbers = pg_array_new(PG_ARRAY_I32);
    CLEANUP(pg_array_free_cleanup) struct pg_array *times = pg_array_new(PG_ARRAY_TIME);

    (void)state;
    pg_array_push_number(numbers, 256);
    assert_encoded(numbers, number, sizeof(number));
    /* One microsecond after 2000-01-01, where PostgreSQL starts to count. */
    pg_array_push_number(times, INT64_C(946684800000001));
    assert_encoded(times, time, sizeof(time));
}

static void array_over_its_bound_is_a_broken_argument(void **state)
{
    const size_t length = (size_t)40 * 1024 * 1024;
    CLEANUP(pg_array_free_cleanup) struct pg_array *array = pg_array_new(PG_ARRAY_BYTES);
    CLEANUP(cleanup_free) char *data = calloc(1, length);
    struct pg_args args = {.count = 0};

    (void)state;
    assert_non_null(data);
    pg_array_push_bytes(array, data, length);
    pg_array_push_bytes(array, data, length);
    pg_args_array(&args, array);
    assert_int_equal(args.lengths[0], PG_ARGS_BROKEN);
    pg_array_reset(array);
    args.count = 0;
    pg_args_array(&args, array);
    assert_int_equal(args.lengths[0], 12);
}

static void arguments_are_in_network_order(void **state)
{
    struct pg_args args = {.count = 0};

    (void)state;
    pg_args_i64(&args, -2);
    pg_args_i32(&args, 258);
    pg_args_bool(&args, true);
    pg_args_time(&args, INT64_C(946684800000000));
    pg_args_text(&args, NULL);
    pg_args_text(&args, "text");
    pg_args_bytes(&args, NULL, 0);
    assert_int_equal(args.count, 7);
    assert_memory_equal(args.values[0], "\377\377\377\377\377\377\377\376", 8);
    assert_memory_equal(args.values[1], "\0\0\1\2", 4);
    assert_int_equal(args.lengths[1], 4);
    assert_memory_equal(args.values[2], "\1", 1);
    assert_int_equal(args.lengths[2], 1);
    assert_memory_equal(args.values[3], "\0\0\0\0\0\0\0\0", 8);
    assert_null(args.values[4]);
    assert_string_equal(args.values[5], "text");
    assert_non_null(args.values[6]);
    assert_int_equal(args.lengths[6], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(array_of_numbers_is_what_array_send_writes),
        cmocka_unit_test(array_with_null_sets_the_flag),
        cmocka_unit_test(empty_array_has_no_dimension),
        cmocka_unit_test(reset_array_starts_from_nothing),
        cmocka_unit_test(small_numbers_and_times_have_their_own_sizes),
        cmocka_unit_test(array_over_its_bound_is_a_broken_argument),
        cmocka_unit_test(arguments_are_in_network_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
