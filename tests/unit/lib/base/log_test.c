#include "lib/base/log.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* What a log call writes to standard error, NUL-terminated. */
static void capture(enum log_level level, const char *message, const char *value, char *ret_line,
                    size_t size)
{
    const int standard_error = dup(STDERR_FILENO);
    const int file = memfd_create("log", MFD_CLOEXEC);
    ssize_t length;

    assert_true(standard_error >= 0 && file >= 0);
    assert_true(dup2(file, STDERR_FILENO) >= 0);
    log_event(level, NULL, message, LOG_TEXT("value", value), LOG_NUMBER("number", -7));
    assert_true(dup2(standard_error, STDERR_FILENO) >= 0);
    length = pread(file, ret_line, size - 1, 0);
    assert_true(length >= 0);
    ret_line[length] = '\0';
    (void)close(file);
    (void)close(standard_error);
}

static void line_is_one_json_object(void **state)
{
    char line[1024];

    (void)state;
    capture(LOG_WARNING, "it happened", "so", line, sizeof(line));
    assert_memory_equal(line, "{\"time\":\"20", 11);
    assert_non_null(strstr(line, "Z\",\"level\":\"warning\",\"service\":\"tested\","
                                 "\"message\":\"it happened\",\"value\":\"so\",\"number\":-7}\n"));
}

static void no_text_can_forge_a_line_or_a_field(void **state)
{
    char line[1024];

    (void)state;
    capture(LOG_INFO, "a\nb", "x\",\"level\":\"error\"}\r\n{\"time\":\"\\\x1b[2J\x7f", line,
            sizeof(line));
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    assert_null(strchr(line, '\r'));
    assert_null(strchr(line, '\x1b'));
    assert_non_null(strstr(line,
                           "\"message\":\"a\\nb\",\"value\":\"x\\\",\\\"level\\\":\\\"error\\\"}"
                           "\\r\\n{\\\"time\\\":\\\"\\\\\\u001b[2J"));
}

static void what_is_below_the_level_is_not_written(void **state)
{
    char line[1024];

    (void)state;
    capture(LOG_DEBUG, "detail", "", line, sizeof(line));
    assert_string_equal(line, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_is_one_json_object),
        cmocka_unit_test(no_text_can_forge_a_line_or_a_field),
        cmocka_unit_test(what_is_below_the_level_is_not_written),
    };

    log_init("tested", LOG_INFO);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
