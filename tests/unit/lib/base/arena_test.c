#include "lib/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdalign.h>
#include <stdint.h>
#include <string.h>

static void pieces_are_aligned_and_do_not_overlap(void **state)
{
    enum { PIECES = 5000 };
    static unsigned char *pieces[PIECES];
    struct arena arena = {0};

    (void)state;
    for (size_t i = 0; i < PIECES; ++i) {
        pieces[i] = arena_take(&arena, i % 97 + 1);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
        memset(pieces[i], (int)(i % 251), i % 97 + 1);
    }
    for (size_t i = 0; i < PIECES; ++i)
        for (size_t byte = 0; byte < i % 97 + 1; ++byte)
            assert_int_equal(pieces[i][byte], i % 251);
    arena_deinit(&arena);
    assert_null(arena.blocks);
}

static void piece_larger_than_a_block_has_room(void **state)
{
    enum { LARGE = 1024 * 1024 };
    struct arena arena = {0};
    unsigned char *small, *large;

    (void)state;
    small = arena_take(&arena, 8);
    large = arena_take(&arena, LARGE);
    assert_non_null(small);
    assert_non_null(large);
    memset(large, 1, LARGE);
    assert_non_null(arena_take(&arena, 8));
    arena_deinit(&arena);
}

static void nothing_that_can_not_be_counted_is_taken(void **state)
{
    struct arena arena = {0};

    (void)state;
    assert_null(arena_take(&arena, SIZE_MAX));
    assert_null(arena_take(&arena, SIZE_MAX - 2 * alignof(max_align_t)));
    assert_non_null(arena_take(&arena, 0));
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_aligned_and_do_not_overlap),
        cmocka_unit_test(piece_larger_than_a_block_has_room),
        cmocka_unit_test(nothing_that_can_not_be_counted_is_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
