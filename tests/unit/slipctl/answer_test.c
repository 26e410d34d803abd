#include "slipctl/answer.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static bool is_read(const char *body, size_t length)
{
    CLEANUP(answer_deinit) struct answer answer;
    json_t *object;
    bool is_there;

    answer_init(&answer);
    buffer_append(&answer.body, body, length);
    object = answer_json(&answer);
    is_there = object != NULL;
    json_decref(object);
    return is_there;
}

static void an_object_is_read(void **state)
{
    static const char body[] = "{\"a\":null,\"b\":1}";

    (void)state;
    assert_true(is_read(body, sizeof(body) - 1));
}

static void what_is_no_object_is_refused(void **state)
{
    static const char *const others[] = {"", "[]", "1", "{", "{}x", "{\"a\":1,\"a\":2}", "<html>"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(others); ++i)
        assert_false(is_read(others[i], strlen(others[i])));
}

static void a_nul_is_refused_wherever_it_stands(void **state)
{
    static const char body[] = "{\"a\":null,\"b\":1}";

    (void)state;
    for (size_t at = 0; at < sizeof(body); ++at) {
        char spoilt[sizeof(body)] = {0};

        memcpy(spoilt, body, at);
        memcpy(spoilt + at + 1, body + at, sizeof(body) - 1 - at);
        assert_false(is_read(spoilt, sizeof(spoilt)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_object_is_read),
        cmocka_unit_test(what_is_no_object_is_refused),
        cmocka_unit_test(a_nul_is_refused_wherever_it_stands),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
