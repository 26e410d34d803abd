#include "lib/base/config.h"

#include <stdbool.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct sample {
    const char *name;
    int64_t port;
    bool open;
};

static const struct setting settings[] = {
    {"SAMPLE_NAME", SETTING_TEXT,   offsetof(struct sample, name), NULL,  "a name",   0, 0    },
    {"SAMPLE_PORT", SETTING_NUMBER, offsetof(struct sample, port), "80",  "a port",   1, 65535},
    {"SAMPLE_OPEN", SETTING_SWITCH, offsetof(struct sample, open), "off", "a switch", 0, 0    },
};

static int forget(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(settings); ++i)
        (void)unsetenv(settings[i].name);
    return 0;
}

static void values_come_from_the_environment_and_else_from_the_table(void **state)
{
    struct sample sample = {0};
    struct error error;

    (void)state;
    (void)setenv("SAMPLE_NAME", "x", 1);
    (void)setenv("SAMPLE_OPEN", "true", 1);
    assert_int_equal(config_load(settings, ARRAY_LENGTH(settings), &sample, &error), 0);
    assert_string_equal(sample.name, "x");
    assert_int_equal(sample.port, 80);
    assert_true(sample.open);
}

static void every_wrong_setting_is_named(void **state)
{
    struct sample sample = {0};
    struct error error;

    (void)state;
    (void)setenv("SAMPLE_PORT", "65536", 1);
    (void)setenv("SAMPLE_OPEN", "maybe", 1);
    assert_int_equal(config_load(settings, ARRAY_LENGTH(settings), &sample, &error), FAULT_HARD);
    assert_non_null(strstr(error.text, "SAMPLE_NAME must be set"));
    assert_non_null(strstr(error.text, "SAMPLE_PORT must be a whole number from 1 to 65535"));
    assert_non_null(strstr(error.text, "SAMPLE_OPEN must be on or off"));
}

static void required_setting_that_is_empty_is_missing(void **state)
{
    struct sample sample = {.name = "before"};
    struct error error;

    (void)state;
    (void)setenv("SAMPLE_NAME", "", 1);
    (void)setenv("SAMPLE_PORT", "", 1);
    assert_int_equal(config_load(settings, ARRAY_LENGTH(settings), &sample, &error), FAULT_HARD);
    assert_string_equal(error.text, "configuration: SAMPLE_NAME must be set");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(values_come_from_the_environment_and_else_from_the_table, forget),
        cmocka_unit_test_setup(every_wrong_setting_is_named, forget),
        cmocka_unit_test_setup(required_setting_that_is_empty_is_missing, forget),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
