#include "lib/kafka/offsets.h"

#include <sodium.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void begin_range(struct offsets *offsets, int64_t first, int64_t last)
{
    for (int64_t offset = first; offset <= last; ++offset)
        assert_false(offsets_begin(offsets, offset, 1000 + offset));
}

static void nothing_is_committable_before_the_first_finish(void **state)
{
    CLEANUP(offsets_deinit) struct offsets offsets = {0};

    (void)state;
    assert_int_equal(offsets_position(&offsets), -1);
    assert_int_equal(offsets_oldest_ms(&offsets), 0);
    begin_range(&offsets, 0, 4);
    assert_int_equal(offsets.committable, 0);
    assert_int_equal(offsets_position(&offsets), 0);
    offsets_finish(&offsets, 3);
    assert_int_equal(offsets.committable, 0);
}

static void the_commit_never_passes_an_unfinished_record(void **state)
{
    CLEANUP(offsets_deinit) struct offsets offsets = {0};

    (void)state;
    begin_range(&offsets, 10, 14);
    offsets_finish(&offsets, 12);
    offsets_finish(&offsets, 10);
    assert_int_equal(offsets.committable, 11);
    assert_int_equal(offsets_position(&offsets), 11);
    assert_int_equal(offsets_oldest_ms(&offsets), 1011);
    offsets_finish(&offsets, 11);
    assert_int_equal(offsets.committable, 13);
    offsets_finish(&offsets, 14);
    offsets_finish(&offsets, 13);
    assert_int_equal(offsets.committable, 15);
    assert_int_equal(offsets_position(&offsets), 15);
    assert_int_equal(offsets_oldest_ms(&offsets), 0);
}

static void holes_in_the_log_are_stepped_over(void **state)
{
    CLEANUP(offsets_deinit) struct offsets offsets = {0};

    (void)state;
    begin_range(&offsets, 5, 5);
    begin_range(&offsets, 900, 900);
    offsets_finish(&offsets, 5);
    assert_int_equal(offsets.committable, 6);
    offsets_finish(&offsets, 900);
    assert_int_equal(offsets.committable, 901);
    assert_int_equal(offsets.next, 901);
}

static void ring_grows_while_it_is_wrapped(void **state)
{
    CLEANUP(offsets_deinit) struct offsets offsets = {0};

    (void)state;
    begin_range(&offsets, 0, 63);
    for (int64_t offset = 0; offset < 40; ++offset)
        offsets_finish(&offsets, offset);
    begin_range(&offsets, 64, 400);
    for (int64_t offset = 400; offset > 40; --offset)
        offsets_finish(&offsets, offset);
    assert_int_equal(offsets.committable, 40);
    offsets_finish(&offsets, 40);
    assert_int_equal(offsets.committable, 401);
}

static size_t finish_one_at_random(struct offsets *offsets, int64_t *open, size_t count)
{
    const size_t chosen = randombytes_uniform((uint32_t)count);

    offsets_finish(offsets, open[chosen]);
    open[chosen] = open[count - 1];
    return count - 1;
}

static int64_t lowest(const int64_t *open, size_t count, int64_t otherwise)
{
    for (size_t i = 0; i < count; ++i)
        otherwise = open[i] < otherwise ? open[i] : otherwise;
    return otherwise;
}

static void any_order_of_finishes_agrees_with_a_plain_search(void **state)
{
    CLEANUP(offsets_deinit) struct offsets offsets = {0};
    int64_t open[200];
    int64_t next = 7;
    size_t count = 0;

    (void)state;
    for (int step = 0; step < 20000; ++step) {
        if (count < ARRAY_LENGTH(open) && (count == 0 || randombytes_uniform(2) == 0)) {
            next += 1 + randombytes_uniform(2);
            begin_range(&offsets, next, next);
            open[count++] = next;
        } else {
            count = finish_one_at_random(&offsets, open, count);
        }
        assert_int_equal(offsets_position(&offsets), lowest(open, count, next + 1));
        assert_true(offsets.committable <= offsets_position(&offsets));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_committable_before_the_first_finish),
        cmocka_unit_test(the_commit_never_passes_an_unfinished_record),
        cmocka_unit_test(holes_in_the_log_are_stepped_over),
        cmocka_unit_test(ring_grows_while_it_is_wrapped),
        cmocka_unit_test(any_order_of_finishes_agrees_with_a_plain_search),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
