#include "lib/rpc/envelope.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct envelope over(const char *bytes, size_t length)
{
    return (struct envelope){(const unsigned char *)bytes, length};
}

#define OVER(literal) over((literal), sizeof(literal) - 1)

static void items_come_out_as_they_went_in(void **state)
{
    static const size_t lengths[] = {0, 1, 127, 128, 16383, 16384, 70000};
    CLEANUP(cleanup_free) char *item = malloc(70000);
    CLEANUP(buffer_deinit) struct buffer body = {.limit = 0};
    struct envelope envelope;
    struct envelope_item out;
    size_t count = 0;

    (void)state;
    assert_non_null(item);
    for (size_t i = 0; i < ARRAY_LENGTH(lengths); ++i) {
        const size_t before = body.length;

        memset(item, (int)i + 1, lengths[i]);
        envelope_append(&body, item, lengths[i]);
        assert_int_equal(body.length - before, envelope_item_size(lengths[i]));
    }
    envelope = over(body.data, body.length);
    assert_int_equal(envelope_count(envelope, &count), 0);
    assert_int_equal(count, ARRAY_LENGTH(lengths));
    for (size_t i = 0; i < ARRAY_LENGTH(lengths); ++i) {
        assert_int_equal(envelope_next(&envelope, &out), 0);
        assert_int_equal(out.length, lengths[i]);
        if (out.length > 0)
            assert_int_equal(((const char *)out.data)[out.length - 1], (int)i + 1);
    }
    assert_int_equal(envelope_next(&envelope, &out), ENVELOPE_END);
}

static void wire_form_is_protobufs(void **state)
{
    CLEANUP(buffer_deinit) struct buffer body = {.limit = 0};

    (void)state;
    envelope_append(&body, "abc", 3);
    envelope_append(&body, "", 0);
    assert_int_equal(body.length, 7);
    assert_memory_equal(body.data,
                        "\x0a\x03"
                        "abc\x0a\x00",
                        7);
}

static void no_bytes_are_no_items(void **state)
{
    size_t count = 9;

    (void)state;
    assert_int_equal(envelope_count((struct envelope){NULL, 0}, &count), 0);
    assert_int_equal(count, 0);
}

static void unknown_fields_are_skipped(void **state)
{
    /* Field 2 as varint, as bytes, as 32 and as 64 bits, then an item. */
    struct envelope envelope = OVER("\x10\x96\x01"
                                    "\x12\x02zz"
                                    "\x15"
                                    "1234"
                                    "\x11"
                                    "12345678"
                                    "\x0a\x01x");
    struct envelope_item item;

    (void)state;
    assert_int_equal(envelope_next(&envelope, &item), 0);
    assert_int_equal(item.length, 1);
    assert_memory_equal(item.data, "x", 1);
    assert_int_equal(envelope_next(&envelope, &item), ENVELOPE_END);
}

static void malformed_bytes_are_refused(void **state)
{
    const struct envelope malformed[] = {
        OVER("\x0a"),                                             /* no length */
        OVER("\x0a\x05only"),                                     /* cut short */
        OVER("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),     /* length of 2^64 − 1 */
        OVER("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), /* varint without end */
        OVER("\x08\x01"),                                         /* field 1, but a varint */
        OVER("\x02\x00"),                                         /* field 0 */
        OVER("\x13\x14"),                                         /* a group */
        OVER("\x15\x01\x02"),                                     /* 32 bits cut short */
        OVER("\x12\x7f"),                                         /* unknown field cut short */
        OVER("\xfa\xff\xff\xff\xff\x01\x00"),                     /* field number too large */
        OVER("\x0a\x01x\x0a"),                                    /* after a good one */
    };
    size_t count = 9;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(malformed); ++i)
        assert_int_equal(envelope_count(malformed[i], &count), ENVELOPE_MALFORMED);
    assert_int_equal(count, 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_come_out_as_they_went_in),
        cmocka_unit_test(wire_form_is_protobufs),
        cmocka_unit_test(no_bytes_are_no_items),
        cmocka_unit_test(unknown_fields_are_skipped),
        cmocka_unit_test(malformed_bytes_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
