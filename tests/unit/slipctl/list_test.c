#include "program.h"
#include "recorded_server.h"

#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void list(const struct recorded *script, size_t count, const char *words, int code,
                 struct program *program)
{
    struct recorded_server server;

    program_init(program);
    recorded_server_start(&server, script, count);
    program_expect(program, server.port, words, code);
    recorded_server_stop(&server);
    program_deinit(program);
}

static void all_pages_make_one_table(void **state)
{
    static const struct recorded script[] = {
        {.request = "GET /vps?status=active&location_code=de&limit=200",
         .status = 200,
         .answer = "{\"items\":[{\"id\":9},{\"id\":8}],\"next_cursor\":\"a/b=\"}"},
        {.request = "GET /vps?status=active&location_code=de&limit=200&cursor=a%2Fb%3D",
         .status = 200,
         .answer = "{\"items\":[{\"id\":7}],\"next_cursor\":null}"               },
    };
    struct program program;

    (void)state;
    list(script, 2, "list --status active --location de", 0, &program);
    assert_non_null(strstr(program.out, "\n 9  "));
    assert_non_null(strstr(program.out, "\n 7  "));
}

static void all_pages_make_one_document(void **state)
{
    static const struct recorded script[] = {
        {.request = "GET /vps?limit=200",
         .status = 200,
         .answer = "{\"items\":[{\"id\":9,\"new\":\"\xc3\xb6\"}], \"next_cursor\":\"c\"}"},
        {.request = "GET /vps?limit=200&cursor=c",
         .status = 200,
         .answer = "{\"items\":[{\"id\":8}],\"next_cursor\":null}"                       },
    };
    struct program program;

    (void)state;
    list(script, 2, "list --json", 0, &program);
    assert_string_equal(program.out, "{\"items\":[{\"id\":9,\"new\":\"\xc3\xb6\"},{\"id\":8}],"
                                     "\"next_cursor\":null}\n");
}

static void one_page_is_printed_as_it_came(void **state)
{
    static const struct recorded script[] = {
        {.request = "GET /vps?limit=200",
         .status = 200,
         .answer = "{ \"items\" : [ ], \"next_cursor\" : null }"}
    };
    struct program program;

    (void)state;
    list(script, 1, "list --json", 0, &program);
    assert_string_equal(program.out, "{ \"items\" : [ ], \"next_cursor\" : null }\n");
}

static void a_limit_is_asked_for_and_kept(void **state)
{
    static const struct recorded script[] = {
        {.request = "GET /vps?limit=3",
         .status = 200,
         .answer = "{\"items\":[{\"id\":9},{\"id\":8}],\"next_cursor\":\"c\"}"},
        {.request = "GET /vps?limit=1&cursor=c",
         .status = 200,
         .answer = "{\"items\":[{\"id\":7}],\"next_cursor\":\"d\"}"           },
    };
    struct program program;

    (void)state;
    list(script, 2, "list --limit 3 --json", 0, &program);
    assert_non_null(strstr(program.out, "{\"id\":7}],\"next_cursor\":\"d\"}\n"));
}

static void nothing_to_list_is_said(void **state)
{
    static const struct recorded script[] = {
        {.request = "GET /vps?limit=200",
         .status = 200,
         .answer = "{\"items\":[],\"next_cursor\":null}"}
    };
    struct program program;

    (void)state;
    list(script, 1, "list", 0, &program);
    assert_string_equal(program.out, "There are no servers.\n");
}

static void a_list_without_end_is_left(void **state)
{
    static const struct recorded script[] = {
        {.request = "GET /vps?limit=200",
         .status = 200,
         .answer = "{\"items\":[{\"id\":9}],\"next_cursor\":\"c\"}"},
        {.request = "GET /vps?limit=200&cursor=c",
         .status = 200,
         .answer = "{\"items\":[],\"next_cursor\":\"c\"}"          },
    };
    struct program program;

    (void)state;
    list(script, 2, "list", 1, &program);
    assert_non_null(strstr(program.err, "does not end"));
    assert_string_equal(program.out, "");
}

static void what_is_no_list_is_refused(void **state)
{
    static const char *const answers[] = {"{}", "[]", "{\"items\":{}}", "nonsense", ""};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(answers); ++i) {
        const struct recorded script = {
            .request = "GET /vps?limit=200", .status = 200, .answer = answers[i]};
        struct program program;

        list(&script, 1, "list", 1, &program);
        assert_non_null(strstr(program.err, "is no list"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_pages_make_one_table),
        cmocka_unit_test(all_pages_make_one_document),
        cmocka_unit_test(one_page_is_printed_as_it_came),
        cmocka_unit_test(a_limit_is_asked_for_and_kept),
        cmocka_unit_test(nothing_to_list_is_said),
        cmocka_unit_test(a_list_without_end_is_left),
        cmocka_unit_test(what_is_no_list_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
