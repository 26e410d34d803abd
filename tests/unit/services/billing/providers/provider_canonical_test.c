/* JSON as PHP and JavaScript spell it before they sign it. */
#include "services/billing/providers/provider_canonical.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static json_t *parse(const char *text)
{
    json_t *root = NULL;
    struct error error = {0};

    if (provider_json_parse(text, strlen(text), &root, &error) != 0)
        fail_msg("%s: %s", text, error.text);
    return root;
}

static void assert_canonical(enum provider_canonical_style style, const char *json,
                             const char *expected)
{
    CLEANUP(buffer_deinit) struct buffer text = {0};
    json_auto_t *root = parse(json);
    struct error error;

    assert_int_equal(provider_canonical_append(&text, root, style, &error), 0);
    assert_string_equal(text.data, expected);
}

/* php > $a = json_decode($json, true); ksort($a); echo json_encode($a); */
static void php_sorts_the_outermost_object_and_escapes(void **state)
{
    (void)state;
    assert_canonical(PROVIDER_CANONICAL_PHP,
                     "{ \"b\" : {\"z\":1,\"a\":[true,false,null]}, \"a\":\"/\\/\", \"Z\":1.50 }",
                     "{\"Z\":1.50,\"a\":\"\\/\\/\",\"b\":{\"z\":1,\"a\":[true,false,null]}}");
    assert_canonical(PROVIDER_CANONICAL_PHP, "{\"a\":\"\xd0\x98\xe2\x82\xac\xf0\x9f\x98\x80\x7f\"}",
                     "{\"a\":\"\\u0418\\u20ac\\ud83d\\ude00\x7f\"}");
    assert_canonical(PROVIDER_CANONICAL_PHP, "{\"a\":\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001F\"}",
                     "{\"a\":\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\"}");
    assert_canonical(PROVIDER_CANONICAL_PHP, "{}", "{}");
    assert_canonical(PROVIDER_CANONICAL_PHP, "{\"a\":[],\"\\u043a\":{}}",
                     "{\"a\":[],\"\\u043a\":{}}");
}

/* > JSON.stringify(sortObject(JSON.parse(json))) */
static void javascript_sorts_every_object_and_keeps_utf8(void **state)
{
    (void)state;
    assert_canonical(PROVIDER_CANONICAL_JS,
                     "{\"b\":{\"z\":1,\"a\":[{\"y\":1,\"x\":2}]},\"a\":\"/\xd0\x98\xe2\x80\xa8\"}",
                     "{\"a\":\"/\xd0\x98\xe2\x80\xa8\",\"b\":{\"a\":[{\"x\":2,\"y\":1}],\"z\":1}}");
    assert_canonical(PROVIDER_CANONICAL_JS, "{\"a\":\"\\u0007\\n\\\"\"}",
                     "{\"a\":\"\\u0007\\n\\\"\"}");
}

static void as_many_levels_are_written_as_are_parsed(void **state)
{
    static const char deepest[] = "{\"a\":[[[[[[[[[[[[[[{}]]]]]]]]]]]]]]}";

    (void)state;
    assert_canonical(PROVIDER_CANONICAL_PHP, deepest, deepest);
    assert_canonical(PROVIDER_CANONICAL_JS, deepest, deepest);
}

static void an_object_of_very_many_members_is_not_sorted(void **state)
{
    CLEANUP(buffer_deinit) struct buffer json = {0}, text = {0};
    json_auto_t *root = NULL;
    struct error error;

    (void)state;
    buffer_append_text(&json, "{");
    for (int i = 0; i < 129; ++i)
        buffer_append_format(&json, "%s\"%d\":1", i == 0 ? "" : ",", i);
    buffer_append_text(&json, "}");
    root = parse(json.data);
    assert_int_equal(provider_canonical_append(&text, root, PROVIDER_CANONICAL_JS, &error),
                     FAULT_HARD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(php_sorts_the_outermost_object_and_escapes),
        cmocka_unit_test(javascript_sorts_every_object_and_keeps_utf8),
        cmocka_unit_test(as_many_levels_are_written_as_are_parsed),
        cmocka_unit_test(an_object_of_very_many_members_is_not_sorted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
