#include "slipctl/event_stream.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

/* The events' data, each in brackets. */
struct taken {
    struct buffer text;
    size_t wanted;
};

static bool take(void *context, const char *data)
{
    struct taken *taken = context;

    buffer_append_format(&taken->text, "[%s]", data);
    return --taken->wanted > 0;
}

/* Fed in pieces of so many bytes. */
static bool feed(const char *bytes, size_t length, size_t piece, size_t wanted, struct taken *taken)
{
    CLEANUP(event_stream_deinit) struct event_stream stream;
    bool goes_on = true;

    *taken = (struct taken){.wanted = wanted};
    event_stream_init(&stream, take, taken);
    for (size_t at = 0; at < length && goes_on; at += piece)
        goes_on = event_stream_feed(&stream, bytes + at, length - at < piece ? length - at : piece);
    return goes_on;
}

static void assert_taken(const char *bytes, const char *expected)
{
    for (size_t piece = 1; piece <= strlen(bytes); ++piece) {
        struct taken taken;

        assert_true(feed(bytes, strlen(bytes), piece, 100, &taken));
        assert_string_equal(taken.text.data != NULL ? taken.text.data : "", expected);
        buffer_deinit(&taken.text);
    }
}

static void events_come_whole_in_pieces_of_any_size(void **state)
{
    (void)state;
    assert_taken("event: batch\ndata: {\"a\":1}\n\ndata: b\n\n", "[{\"a\":1}][b]");
}

static void lines_end_in_any_of_three_ways(void **state)
{
    (void)state;
    assert_taken("data: a\r\ndata: b\r\n\r\ndata: c\rdata: d\r\rdata: e\n\n", "[a\nb][c\nd][e]");
}

static void comments_and_other_fields_are_skipped(void **state)
{
    (void)state;
    assert_taken(":\n\n: keep-alive\n\nid: 7\nretry: 10\n\ndatabase: x\n\ndata: a\n:b\n\n", "[a]");
}

static void data_may_be_empty_or_without_a_space(void **state)
{
    (void)state;
    assert_taken("data\n\ndata:\n\ndata:a\n\ndata:  b\n\n", "[][][a][ b]");
}

static void an_event_that_did_not_end_is_none(void **state)
{
    (void)state;
    assert_taken("data: a\n\ndata: b\n", "[a]");
}

static void whoever_has_had_enough_gets_no_more(void **state)
{
    static const char bytes[] = "data: a\n\ndata: b\n\ndata: c\n\n";
    struct taken taken;

    (void)state;
    assert_false(feed(bytes, strlen(bytes), strlen(bytes), 2, &taken));
    assert_string_equal(taken.text.data, "[a][b]");
    buffer_deinit(&taken.text);
}

static void a_line_without_end_ends_the_stream(void **state)
{
    static char bytes[2 * 1024 * 1024];
    struct taken taken;

    (void)state;
    memset(bytes, 'a', sizeof(bytes));
    assert_false(feed(bytes, sizeof(bytes), 65536, 1, &taken));
    assert_false(feed("data: a\0b\n\n", 11, 11, 1, &taken));
    assert_null(taken.text.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_come_whole_in_pieces_of_any_size),
        cmocka_unit_test(lines_end_in_any_of_three_ways),
        cmocka_unit_test(comments_and_other_fields_are_skipped),
        cmocka_unit_test(data_may_be_empty_or_without_a_space),
        cmocka_unit_test(an_event_that_did_not_end_is_none),
        cmocka_unit_test(whoever_has_had_enough_gets_no_more),
        cmocka_unit_test(a_line_without_end_ends_the_stream),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
