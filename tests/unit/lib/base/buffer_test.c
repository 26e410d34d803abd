#include "lib/base/buffer.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The linker sends the buffer's calls here (--wrap, hence the names), so that a test sees what is
 * wiped. */
/* NOLINTBEGIN(bugprone-reserved-identifier) */
void __real_sodium_memzero(void *memory, size_t length);
void __wrap_sodium_memzero(void *memory, size_t length);

static size_t wiped_bytes;

void __wrap_sodium_memzero(void *memory, size_t length)
{
    wiped_bytes += length;
    __real_sodium_memzero(memory, length);
}
/* NOLINTEND(bugprone-reserved-identifier) */

static void what_is_appended_stands_in_order(void **state)
{
    CLEANUP(buffer_deinit) struct buffer buffer = {0};

    (void)state;
    buffer_append_text(&buffer, "a");
    buffer_append_format(&buffer, "%d-%s", 7, "b");
    buffer_append(&buffer, "\0c", 2);
    assert_int_equal(buffer.length, 6);
    assert_memory_equal(buffer.data, "a7-b\0c", 7);
}

static void the_limit_holds_and_is_told(void **state)
{
    CLEANUP(buffer_deinit) struct buffer buffer = {.limit = 4};

    (void)state;
    buffer_append_text(&buffer, "1234");
    assert_false(buffer.overflown);
    buffer_append_text(&buffer, "5");
    assert_true(buffer.overflown);
    assert_int_equal(buffer.length, 4);
    buffer_reset(&buffer);
    buffer_append_text(&buffer, "12");
    assert_string_equal(buffer.data, "12");
}

static void json_text_is_escaped(void **state)
{
    CLEANUP(buffer_deinit) struct buffer buffer = {0};

    (void)state;
    buffer_append_json_escaped(&buffer, "a\"b\\c\n\t\r\x01\x1f\xc3\xa9");
    assert_string_equal(buffer.data, "a\\\"b\\\\c\\n\\t\\r\\u0001\\u001f\xc3\xa9");
}

static void what_is_not_unreserved_is_percent_encoded(void **state)
{
    CLEANUP(buffer_deinit) struct buffer buffer = {0};

    (void)state;
    buffer_append_percent_encoded(&buffer, "aZ0-._~ /?&=%\xc3\xa9", "");
    buffer_append_percent_encoded(&buffer, "/a b", "/");
    assert_string_equal(buffer.data, "aZ0-._~%20%2F%3F%26%3D%25%C3%A9/a%20b");
}

static void taking_empties_the_buffer(void **state)
{
    CLEANUP(buffer_deinit) struct buffer buffer = {0};
    CLEANUP(cleanup_free) char *text = NULL;
    CLEANUP(cleanup_free) char *nothing = NULL;
    size_t length = 0;

    (void)state;
    buffer_append_text(&buffer, "text");
    text = buffer_take(&buffer, &length);
    assert_int_equal(length, 4);
    assert_string_equal(text, "text");
    nothing = buffer_take(&buffer, &length);
    assert_int_equal(length, 0);
    assert_string_equal(nothing, "");
}

static void all_memory_of_a_secret_is_wiped(void **state) /* INV-8 */
{
    struct buffer buffer = {.is_secret = true};
    size_t first, second;

    (void)state;
    wiped_bytes = 0;
    buffer_append_text(&buffer, "secret");
    first = buffer.capacity;
    assert_int_equal(wiped_bytes, 0);
    for (int i = 0; i < 30; i++)
        buffer_append_text(&buffer, " and more");
    second = buffer.capacity;
    assert_true(second > first);
    assert_memory_equal(buffer.data, "secret and more and more", 24);
    assert_int_equal(wiped_bytes, second - first);
    buffer_deinit(&buffer);
    assert_int_equal(wiped_bytes, 2 * second - first);
    assert_true(buffer.is_secret);
    buffer_deinit(&buffer);
    assert_int_equal(wiped_bytes, 2 * second - first);
}

static void what_is_no_secret_is_not_wiped(void **state)
{
    struct buffer buffer = {0};

    (void)state;
    wiped_bytes = 0;
    for (int i = 0; i < 30; i++)
        buffer_append_text(&buffer, " and more");
    buffer_deinit(&buffer);
    assert_int_equal(wiped_bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_appended_stands_in_order),
        cmocka_unit_test(the_limit_holds_and_is_told),
        cmocka_unit_test(json_text_is_escaped),
        cmocka_unit_test(what_is_not_unreserved_is_percent_encoded),
        cmocka_unit_test(taking_empties_the_buffer),
        cmocka_unit_test(all_memory_of_a_secret_is_wiped),
        cmocka_unit_test(what_is_no_secret_is_not_wiped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
