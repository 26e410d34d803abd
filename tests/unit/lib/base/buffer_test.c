#include "lib/base/buffer.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_appended_stands_in_order),
        cmocka_unit_test(the_limit_holds_and_is_told),
        cmocka_unit_test(json_text_is_escaped),
        cmocka_unit_test(taking_empties_the_buffer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
