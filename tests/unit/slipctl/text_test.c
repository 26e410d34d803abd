#include "slipctl/text.h"

#include <jansson.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define MARK "\xef\xbf\xbd"

static void what_could_steer_a_terminal_is_replaced(void **state)
{
    static const struct {
        const char *given, *safe;
    } rows[] = {
        {"plain",                    "plain"                                     },
        {"",                         ""                                          },
        {"\x1b[31mred",              MARK "[31mred"                              },
        {"a\rb\nc\td\ae\x7f",        "a" MARK "b" MARK "c" MARK "d" MARK "e" MARK},
        {"\xc2\x9b"
         "31m",             MARK "31m"                                  }, /* C1: another way to write ESC [ */
        {"\xe2\x80\xac"
         "gpj.exe",         MARK "gpj.exe"                              }, /* ends a writing direction */
        {"a\xe2\x80\x8b"
         "b",               "a" MARK "b"                                }, /* zero-width space */
        {"\xff\xc3",                 MARK MARK                                   }, /* no UTF-8 */
        {"\xed\xa0\x80",             MARK MARK MARK                              }, /* a surrogate */
        {"Gr\xc3\xb6\xc3\x9f"
         "e",               "Gr\xc3\xb6\xc3\x9f"
         "e"                                               },
        {"\xe6\x97\xa5\xe6\x9c\xac", "\xe6\x97\xa5\xe6\x9c\xac"                  },
        {"e\xcc\x81",                "e\xcc\x81"                                 }, /* a combining accent */
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(rows); ++i) {
        CLEANUP(buffer_deinit) struct buffer out = {0};

        text_append_safe(&out, rows[i].given);
        assert_string_equal(out.data != NULL ? out.data : "", rows[i].safe);
        assert_int_equal(text_is_safe(rows[i].given), strcmp(rows[i].given, rows[i].safe) == 0);
    }
}

static void widths_are_those_of_a_terminal(void **state)
{
    (void)state;
    assert_int_equal(text_width(""), 0);
    assert_int_equal(text_width("abc"), 3);
    assert_int_equal(text_width("Gr\xc3\xb6\xc3\x9f"
                                "e"),
                     5);
    assert_int_equal(text_width("\xe6\x97\xa5\xe6\x9c\xac"), 4);
    assert_int_equal(text_width("e\xcc\x81"), 1);
}

static void texts_are_cut_between_characters(void **state)
{
    static const struct {
        const char *given;
        size_t width;
        const char *cut;
    } rows[] = {
        {"abcdef",                   6, "abcdef"                  },
        {"abcdef",                   5, "abcd\xe2\x80\xa6"        },
        {"abcdef",                   1, "\xe2\x80\xa6"            },
        {"\xc3\xb6\xc3\xb6\xc3\xb6", 2, "\xc3\xb6\xe2\x80\xa6"    },
 /* A wide one does not fit into what is left. */
        {"\xe6\x97\xa5\xe6\x9c\xac", 3, "\xe6\x97\xa5\xe2\x80\xa6"},
        {"\xe6\x97\xa5\xe6\x9c\xac", 2, "\xe2\x80\xa6"            },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(rows); ++i) {
        CLEANUP(buffer_deinit) struct buffer out = {0};

        text_append_cut(&out, rows[i].given, rows[i].width);
        assert_string_equal(out.data, rows[i].cut);
        assert_in_range(text_width(out.data), 0, rows[i].width);
    }
}

static void escaped_json_is_the_same_json(void **state)
{
    static const char json[] =
        "{\"a\":\"\x7f\xc2\x9b\xe2\x80\xae\xf3\xa0\x81\x81\xc3\xb6\",\n\t\"b\":1}";
    CLEANUP(buffer_deinit) struct buffer out = {0};
    json_t *before = json_loads(json, 0, NULL);
    json_t *after;

    (void)state;
    text_append_safe_json(&out, json, strlen(json));
    assert_string_equal(out.data,
                        "{\"a\":\"\\u007f\\u009b\\u202e\\udb40\\udc41\xc3\xb6\",\n\t\"b\":1}");
    after = json_loads(out.data, 0, NULL);
    assert_non_null(before);
    assert_true(json_equal(before, after));
    json_decref(before);
    json_decref(after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_could_steer_a_terminal_is_replaced),
        cmocka_unit_test(widths_are_those_of_a_terminal),
        cmocka_unit_test(texts_are_cut_between_characters),
        cmocka_unit_test(escaped_json_is_the_same_json),
    };

    text_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
