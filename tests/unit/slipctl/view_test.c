#include "slipctl/view.h"

#include "slipctl/text.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static const struct view_column columns[] = {
    {"ID",     "id",         VIEW_RIGHT  },
    {"NAME",   "name",       VIEW_SHRINKS},
    {"STATUS", "status",     VIEW_STATUS },
    {"ERROR",  "error/code", 0           },
};

static const struct view list = {
    .heading = NULL,
    .rows = "items",
    .columns = columns,
    .column_count = ARRAY_LENGTH(columns),
    .when_empty = "There is nothing.",
};

static const struct view card = {
    .heading = "A card",
    .columns = columns,
    .column_count = ARRAY_LENGTH(columns),
};

static void assert_shown(const struct view *view, const char *json, size_t width, bool has_colours,
                         const char *expected)
{
    CLEANUP(buffer_deinit) struct buffer out = {0};
    const struct view_style style = {width, has_colours};
    json_t *object = json_loads(json, 0, NULL);

    assert_non_null(object);
    view_render(view, object, &style, &out);
    assert_string_equal(out.data != NULL ? out.data : "", expected);
    json_decref(object);
}

static void rows_stand_under_their_titles(void **state)
{
    (void)state;
    assert_shown(&list,
                 "{\"items\":[{\"id\":7,\"name\":\"Gr\xc3\xb6\xc3\x9f"
                 "e\",\"status\":\"active\","
                 "\"error\":null},{\"id\":12345,\"name\":\"b\",\"status\":\"failed\","
                 "\"error\":{\"code\":\"no_space\"}}]}",
                 0, false,
                 "   ID  NAME   STATUS  ERROR\n"
                 "    7  Gr\xc3\xb6\xc3\x9f"
                 "e  active  -\n"
                 "12345  b      failed  no_space\n");
}

static void a_narrow_terminal_shortens_what_gives_way(void **state)
{
    static const char json[] = "{\"items\":[{\"id\":7,\"name\":\"server number twelve\","
                               "\"status\":\"active\",\"error\":null}]}";

    (void)state;
    assert_shown(&list, json, 30, false,
                 "ID  NAME         STATUS  ERROR\n"
                 " 7  server num\xe2\x80\xa6  active  -\n");
}

static void colours_mark_a_status_and_nothing_else(void **state)
{
    (void)state;
    assert_shown(&list,
                 "{\"items\":[{\"id\":7,\"name\":\"active\",\"status\":\"active\",\"error\":null},"
                 "{\"id\":8,\"name\":\"b\",\"status\":\"building\",\"error\":null}]}",
                 0, true,
                 "ID  NAME    STATUS    ERROR\n"
                 " 7  active  \x1b[32mactive\x1b[0m    -\n"
                 " 8  b       \x1b[33mbuilding\x1b[0m  -\n");
}

static void a_card_leaves_out_what_is_missing(void **state)
{
    (void)state;
    assert_shown(&card, "{\"id\":7,\"name\":null,\"error\":{\"code\":\"x\"}}", 10, false,
                 "A card\nID      7\nNAME    -\nERROR   x\n");
}

static void values_of_every_type_are_shown(void **state)
{
    (void)state;
    assert_shown(
        &card, "{\"id\":true,\"name\":[\"a\",1,[2],{}],\"status\":1.5,\"error\":{\"code\":{}}}", 0,
        false, "A card\nID      yes\nNAME    a, 1, ..., ...\nSTATUS  1.5\nERROR   ...\n");
    assert_shown(&card, "{\"id\":false,\"name\":\"\",\"status\":[]}", 0, false,
                 "A card\nID      no\nNAME    -\nSTATUS  -\n");
}

static void an_empty_list_says_so(void **state)
{
    (void)state;
    assert_shown(&list, "{\"items\":[]}", 0, false, "There is nothing.\n");
    assert_shown(&list, "{}", 0, false, "There is nothing.\n");
}

static void texts_of_the_server_are_made_safe(void **state)
{
    (void)state;
    assert_shown(&card, "{\"name\":\"a\\u001b[2Jb\"}", 0, false,
                 "A card\nNAME    a\xef\xbf\xbd[2Jb\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_stand_under_their_titles),
        cmocka_unit_test(a_narrow_terminal_shortens_what_gives_way),
        cmocka_unit_test(colours_mark_a_status_and_nothing_else),
        cmocka_unit_test(a_card_leaves_out_what_is_missing),
        cmocka_unit_test(values_of_every_type_are_shown),
        cmocka_unit_test(an_empty_list_says_so),
        cmocka_unit_test(texts_of_the_server_are_made_safe),
    };

    text_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
