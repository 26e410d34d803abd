#include "lib/base/trace.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char *const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

static void a_sane_trace_goes_on_under_a_new_span(void **state)
{
    struct trace trace;
    char trace_id[33];

    (void)state;
    trace_begin(parent, "req-1", &trace);
    trace_copy_id(&trace, trace_id);
    assert_string_equal(trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_int_equal(strlen(trace.traceparent), TRACEPARENT_SIZE - 1);
    assert_string_not_equal(trace.traceparent, parent);
    assert_string_equal(trace.traceparent + 52, "-01");
    assert_string_equal(trace.request_id, "req-1");
}

static void what_is_not_sane_is_replaced(void **state)
{
    static const char *const parents[] = {
        "",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    };
    static const char *const ids[] = {
        "",
        "a b",
        "a\nb",
        "<script>",
        "0123456789012345678901234567890123456789012345678901234567890123456789",
    };
    struct trace trace;
    char trace_id[33];

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(parents); ++i) {
        trace_begin(parents[i], ids[i], &trace);
        trace_copy_id(&trace, trace_id);
        assert_int_equal(strlen(trace.traceparent), TRACEPARENT_SIZE - 1);
        assert_string_not_equal(trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_int_equal(strlen(trace.request_id), 26);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sane_trace_goes_on_under_a_new_span),
        cmocka_unit_test(what_is_not_sane_is_replaced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
