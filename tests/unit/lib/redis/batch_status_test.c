#include "lib/redis/batch_status.h"

#include "lib/base/buffer.h"

#include <string.h>

#include <hiredis/hiredis.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { CAPACITY = 4 };

struct fixture {
    struct batch_item_status items[CAPACITY];
    struct batch_status_view view;
    struct redisReply *reply;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    if (fixture == NULL)
        return -1;
    fixture->view.items = fixture->items;
    fixture->view.capacity = CAPACITY;
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    if (fixture->reply != NULL)
        freeReplyObject(fixture->reply);
    free(fixture);
    return 0;
}

/* What Redis would say to HGETALL, read as the client reads it. */
static void parse(struct fixture *fixture, const char *const *texts, size_t count)
{
    CLEANUP(buffer_deinit) struct buffer bytes = {0};
    redisReader *reader = redisReaderCreate();
    void *reply = NULL;

    buffer_append_format(&bytes, "*%zu\r\n", count);
    for (size_t i = 0; i < count; ++i)
        buffer_append_format(&bytes, "$%zu\r\n%s\r\n", strlen(texts[i]), texts[i]);
    assert_int_equal(redisReaderFeed(reader, bytes.data, bytes.length), REDIS_OK);
    assert_int_equal(redisReaderGetReply(reader, &reply), REDIS_OK);
    redisReaderFree(reader);
    fixture->reply = reply;
    batch_status_parse(reply, &fixture->view);
}

static void head_and_items_are_read_by_index(void **state)
{
    struct fixture *fixture = *state;
    const char *const texts[] = {
        "i:2", "160|1700000000000001|{\"a\":1}", "head", "{\"total\":3}", "i:0", "0|0|{}"};

    parse(fixture, texts, ARRAY_LENGTH(texts));
    assert_string_equal(fixture->view.head_json, "{\"total\":3}");
    assert_int_equal(fixture->view.count, 3);
    assert_int_equal(fixture->items[2].rank, 160);
    assert_int_equal(fixture->items[2].updated_at_us, 1700000000000001);
    assert_string_equal(fixture->items[2].json, "{\"a\":1}");
    assert_null(fixture->items[1].json);
    assert_string_equal(fixture->items[0].json, "{}");
}

static void json_may_hold_the_separator(void **state)
{
    struct fixture *fixture = *state;
    const char *const texts[] = {"i:0", "1000|5|{\"detail\":\"a|b\"}"};

    parse(fixture, texts, ARRAY_LENGTH(texts));
    assert_string_equal(fixture->items[0].json, "{\"detail\":\"a|b\"}");
}

static void malformed_fields_count_as_unknown(void **state)
{
    static const char *const values[] = {
        "",        "|",
        "1",       "1|2",
        "1|2|",    "1|2|[]",
        "x|2|{}",  "1|x|{}",
        "-1|2|{}", "1001|2|{}",
        "1|-2|{}", "99999999999999999999|2|{}",
        " 1|2|{}", "1|9223372036854775808|{}",
    };

    for (size_t i = 0; i < ARRAY_LENGTH(values); ++i) {
        struct fixture *fixture = *state;
        const char *const texts[] = {"i:1", values[i]};

        parse(fixture, texts, ARRAY_LENGTH(texts));
        assert_int_equal(fixture->view.count, 0);
        assert_null(fixture->items[1].json);
        freeReplyObject(fixture->reply);
        fixture->reply = NULL;
    }
}

static void unknown_names_and_indexes_past_the_end_are_ignored(void **state)
{
    struct fixture *fixture = *state;
    const char *const texts[] = {"i:4",  "1|1|{}", "i:-1", "1|1|{}", "i:",   "1|1|{}",
                                 "i:1x", "1|1|{}", "j:1",  "1|1|{}", "head", "[]"};

    parse(fixture, texts, ARRAY_LENGTH(texts));
    assert_int_equal(fixture->view.count, 0);
    assert_null(fixture->view.head_json);
}

static void missing_or_odd_replies_are_an_empty_view(void **state)
{
    struct fixture *fixture = *state;
    const char *const odd[] = {"i:0"};

    batch_status_parse(NULL, &fixture->view);
    assert_int_equal(fixture->view.count, 0);
    parse(fixture, odd, ARRAY_LENGTH(odd));
    assert_int_equal(fixture->view.count, 0);
    assert_null(fixture->view.head_json);
}

static void key_has_the_slot_braces(void **state)
{
    char key[32];

    (void)state;
    batch_status_key("checkout:5678", key, strlen("checkout:5678") + 9);
    assert_string_equal(key, "batch:{checkout:5678}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(head_and_items_are_read_by_index, set_up, tear_down),
        cmocka_unit_test_setup_teardown(json_may_hold_the_separator, set_up, tear_down),
        cmocka_unit_test_setup_teardown(malformed_fields_count_as_unknown, set_up, tear_down),
        cmocka_unit_test_setup_teardown(unknown_names_and_indexes_past_the_end_are_ignored, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(missing_or_odd_replies_are_an_empty_view, set_up,
                                        tear_down),
        cmocka_unit_test(key_has_the_slot_braces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
