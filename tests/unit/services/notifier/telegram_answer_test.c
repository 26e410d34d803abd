#include "services/notifier/telegram_answer.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static int64_t silence_of(const char *body)
{
    return telegram_answer_silence_s(body, strlen(body));
}

static void the_silence_that_is_asked_for_is_read_and_bounded(void **state)
{
    (void)state;
    assert_int_equal(silence_of("{\"ok\":false,\"parameters\":{\"retry_after\":3}}"), 3);
    assert_int_equal(silence_of("{\"parameters\":{\"retry_after\":9223372036854775807}}"),
                     TELEGRAM_SILENCE_LONGEST_S);
}

static void what_asks_for_none_is_none(void **state)
{
    static const char *const bodies[] = {"",
                                         "{}",
                                         "[]",
                                         "not JSON",
                                         "{\"parameters\":7}",
                                         "{\"parameters\":{\"retry_after\":\"3\"}}",
                                         "{\"parameters\":{\"retry_after\":-3}}",
                                         "{\"parameters\":{\"retry_after\":0}}"};

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); ++i)
        assert_int_equal(silence_of(bodies[i]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_silence_that_is_asked_for_is_read_and_bounded),
        cmocka_unit_test(what_asks_for_none_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
