#include "lib/http/json_request.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void decref(json_t **json)
{
    json_decref(*json);
}

static json_t *parsed(const char *text)
{
    CLEANUP(problem_deinit) struct problem problem = {0};
    json_t *root = NULL;

    assert_int_equal(json_request_parse(text, strlen(text), &root, &problem), 0);
    return root;
}

static void assert_refused(const char *text, size_t length, enum problem_code code)
{
    CLEANUP(problem_deinit) struct problem problem = {0};
    json_t *root = NULL;

    assert_int_equal(json_request_parse(text, length, &root, &problem), code);
    assert_int_equal(problem.code, code);
    assert_null(root);
}

static void what_is_not_strict_json_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "{",
        "{} x",
        "{}{}",
        "{\"a\":1,\"a\":2}",
        "{\"a\":{\"b\":1,\"b\":1}}",
        "{\"a\":\"\\u0000\"}",
        "{\"a\":\"\xff\"}",
        "{\"a\":\"\xc3\x28\"}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":123456789012345678901234567890}",
        "{\"a\":1e999}",
        "{'a':1}",
        "{\"a\":01}",
        "{\"a\":1,}",
        "{\"a\":NaN}",
        "\xef\xbb\xbf{}",
        "nope",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(texts); i++)
        assert_refused(texts[i], strlen(texts[i]), PROBLEM_INVALID_JSON);
    assert_refused("{}\0", 3, PROBLEM_INVALID_JSON);
}

static void the_body_must_be_an_object(void **state)
{
    (void)state;
    assert_refused("[]", 2, PROBLEM_INVALID_REQUEST);
    assert_refused("\"text\"", 6, PROBLEM_INVALID_REQUEST);
    assert_refused("null", 4, PROBLEM_INVALID_REQUEST);
}

static void nesting_ends_at_sixteen(void **state)
{
    CLEANUP(buffer_deinit) struct buffer text = {0};
    CLEANUP(decref) json_t *root = NULL;

    (void)state;
    for (int i = 0; i < 16; i++)
        buffer_append_text(&text, "{\"a\":");
    buffer_append_text(&text, "\"[[[\\\"[{\"");
    for (int i = 0; i < 16; i++)
        buffer_append_text(&text, "}");
    root = parsed(text.data);
    assert_int_equal(json_object_size(root), 1);
    memset(text.data, '[', 17);
    assert_refused(text.data, text.length, PROBLEM_INVALID_JSON);
    memset(text.data, '[', text.length);
    assert_refused(text.data, text.length, PROBLEM_INVALID_JSON);
}

static void a_refusal_does_not_repeat_the_body(void **state)
{
    CLEANUP(problem_deinit) struct problem problem = {0};
    const char *text = "{\"password\": hunter2}";
    json_t *root = NULL;

    (void)state;
    assert_int_equal(json_request_parse(text, strlen(text), &root, &problem), PROBLEM_INVALID_JSON);
    assert_null(strstr(problem.detail, "hunter2"));
}

static void members_are_read_by_name_and_type(void **state)
{
    CLEANUP(problem_deinit) struct problem problem = {0};
    CLEANUP(decref)
    json_t *root = parsed("{\"plan\":\"vps-2\",\"months\":3,\"on\":true,\"sum\":\"28.61\","
                          "\"items\":[1,2],\"nothing\":null}");
    struct json_reader reader;
    const char *plan = NULL;
    const json_t *items = NULL;
    int64_t months = 0;
    int64_t cents = 0;
    bool on = false;

    (void)state;
    json_reader_init(&reader, root, "", &problem);
    assert_true(json_reader_text(&reader, "plan", 5, &plan));
    assert_true(json_reader_integer(&reader, "months", 3, 3, &months));
    assert_true(json_reader_bool(&reader, "on", &on));
    assert_true(json_reader_money(&reader, "sum", 0, 2861, &cents));
    assert_true(json_reader_array(&reader, "items", 2, &items));
    assert_false(json_reader_has(&reader, "nothing"));
    json_reader_finish(&reader);
    assert_int_equal(problem.code, PROBLEM_NONE);
    assert_string_equal(plan, "vps-2");
    assert_int_equal(months, 3);
    assert_true(on);
    assert_int_equal(cents, 2861);
    assert_int_equal(json_array_size(items), 2);
}

static void assert_field(const struct problem *problem, size_t index, const char *pointer,
                         const char *code)
{
    assert_true(index < problem->field_count);
    assert_string_equal(problem->fields[index].pointer, pointer);
    assert_string_equal(problem->fields[index].code, code);
}

static void all_values_out_of_range_are_told_at_once(void **state)
{
    CLEANUP(problem_deinit) struct problem problem = {0};
    CLEANUP(decref)
    json_t *root = parsed("{\"long\":\"123456\",\"empty\":\"\",\"months\":13,\"sum\":\"0.99\","
                          "\"none\":[],\"many\":[1,2,3]}");
    struct json_reader reader;
    const char *text = "untouched";
    const json_t *items = NULL;
    int64_t number = 7;

    (void)state;
    json_reader_init(&reader, root, "/items/0", &problem);
    assert_false(json_reader_text(&reader, "long", 5, &text));
    assert_false(json_reader_text(&reader, "empty", 5, &text));
    assert_false(json_reader_integer(&reader, "months", 1, 12, &number));
    assert_false(json_reader_money(&reader, "sum", 100, 100000, &number));
    assert_false(json_reader_array(&reader, "none", 2, &items));
    assert_false(json_reader_array(&reader, "many", 2, &items));
    assert_false(json_reader_text(&reader, "missing", 5, &text));
    json_reader_finish(&reader);
    assert_int_equal(problem.code, PROBLEM_VALIDATION_FAILED);
    assert_int_equal(problem.field_count, 7);
    assert_field(&problem, 0, "/items/0/long", "out_of_range");
    assert_field(&problem, 1, "/items/0/empty", "out_of_range");
    assert_field(&problem, 2, "/items/0/months", "out_of_range");
    assert_field(&problem, 3, "/items/0/sum", "out_of_range");
    assert_field(&problem, 4, "/items/0/none", "out_of_range");
    assert_field(&problem, 5, "/items/0/many", "too_many_items");
    assert_field(&problem, 6, "/items/0/missing", "required");
    assert_string_equal(text, "untouched");
    assert_int_equal(number, 7);
}

static void wrong_types_are_an_invalid_request(void **state)
{
    static const char *const names[] = {"text", "integer", "real", "bool",
                                        "sum",  "bad_sum", "list"};
    CLEANUP(problem_deinit) struct problem problem = {0};
    CLEANUP(decref)
    json_t *root = parsed("{\"text\":1,\"integer\":\"1\",\"real\":1.0,\"bool\":0,\"sum\":28.61,"
                          "\"bad_sum\":\"1.234\",\"list\":{}}");
    struct json_reader reader;
    const char *text;
    const json_t *items;
    int64_t number;
    bool flag;

    (void)state;
    json_reader_init(&reader, root, "", &problem);
    assert_false(json_reader_text(&reader, "text", 5, &text));
    assert_false(json_reader_integer(&reader, "integer", 1, 12, &number));
    assert_false(json_reader_integer(&reader, "real", 1, 12, &number));
    assert_false(json_reader_bool(&reader, "bool", &flag));
    assert_false(json_reader_money(&reader, "sum", 0, 10, &number));
    assert_false(json_reader_money(&reader, "bad_sum", 0, 10, &number));
    assert_false(json_reader_array(&reader, "list", 2, &items));
    assert_int_equal(problem.code, PROBLEM_INVALID_REQUEST);
    assert_int_equal(problem.field_count, ARRAY_LENGTH(names));
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        assert_string_equal(problem.fields[i].pointer + 1, names[i]);
        assert_string_equal(problem.fields[i].code, "wrong_type");
    }
}

/* A misspelt member must not buy something else: it outweighs what is missing by it. */
static void unknown_members_are_an_invalid_request(void **state)
{
    CLEANUP(problem_deinit) struct problem problem = {0};
    CLEANUP(decref) json_t *root = parsed("{\"period_month\":3,\"a/b~c\":1}");
    struct json_reader reader;
    int64_t months;

    (void)state;
    json_reader_init(&reader, root, "", &problem);
    assert_false(json_reader_integer(&reader, "period_months", 1, 12, &months));
    json_reader_finish(&reader);
    assert_int_equal(problem.code, PROBLEM_INVALID_REQUEST);
    assert_int_equal(problem.field_count, 3);
    assert_field(&problem, 0, "/period_months", "required");
    assert_field(&problem, 1, "/period_month", "unknown_member");
    assert_field(&problem, 2, "/a~1b~0c", "unknown_member");
}

static void long_names_are_cut_in_pointers(void **state)
{
    CLEANUP(problem_deinit) struct problem problem = {0};
    CLEANUP(buffer_deinit) struct buffer text = {0};
    CLEANUP(decref) json_t *root = NULL;
    struct json_reader reader;

    (void)state;
    buffer_append_text(&text, "{\"");
    for (int i = 0; i < 250; i++)
        buffer_append_text(&text, "~");
    buffer_append_text(&text, "\":1}");
    root = parsed(text.data);
    json_reader_init(&reader, root, "", &problem);
    json_reader_finish(&reader);
    assert_int_equal(problem.field_count, 1);
    assert_true(strlen(problem.fields[0].pointer) < sizeof(problem.fields[0].pointer));
}

static void what_is_no_object_is_told_once(void **state)
{
    CLEANUP(problem_deinit) struct problem problem = {0};
    CLEANUP(decref) json_t *array = json_array();
    struct json_reader reader;
    const char *text;

    (void)state;
    json_reader_init(&reader, array, "/items/3", &problem);
    assert_false(json_reader_text(&reader, "plan", 5, &text));
    assert_false(json_reader_has(&reader, "other"));
    json_reader_finish(&reader);
    assert_int_equal(problem.code, PROBLEM_INVALID_REQUEST);
    assert_int_equal(problem.field_count, 1);
    assert_field(&problem, 0, "/items/3", "wrong_type");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_strict_json_is_refused),
        cmocka_unit_test(the_body_must_be_an_object),
        cmocka_unit_test(nesting_ends_at_sixteen),
        cmocka_unit_test(a_refusal_does_not_repeat_the_body),
        cmocka_unit_test(members_are_read_by_name_and_type),
        cmocka_unit_test(all_values_out_of_range_are_told_at_once),
        cmocka_unit_test(wrong_types_are_an_invalid_request),
        cmocka_unit_test(unknown_members_are_an_invalid_request),
        cmocka_unit_test(long_names_are_cut_in_pointers),
        cmocka_unit_test(what_is_no_object_is_told_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
