#include "slipctl/config_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define KEY "slip_hosting_0123456789abcdefghijABCDEFGHIJKL"

struct place {
    char folder[64], path[CONFIG_PATH_SIZE];
};

static int make_place(void **state)
{
    struct place *place = calloc(1, sizeof(*place));

    assert_non_null(place);
    (void)snprintf(place->folder, sizeof(place->folder), "/tmp/slipctl-config-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    (void)snprintf(place->path, sizeof(place->path), "%s/slipway/config", place->folder);
    *state = place;
    return 0;
}

static int remove_place(void **state)
{
    struct place *place = *state;
    char inner[128];

    (void)unlink(place->path);
    (void)snprintf(inner, sizeof(inner), "%s/slipway", place->folder);
    (void)rmdir(inner);
    (void)rmdir(place->folder);
    free(place);
    return 0;
}

static void write_login(const struct place *place)
{
    const struct config_file config = {.url = "https://api.example.com", .key = {KEY}};
    struct error error;

    assert_int_equal(config_file_write(place->path, &config, &error), 0);
}

static void what_is_written_is_read_again(void **state)
{
    const struct place *place = *state;
    struct config_file config = {0};
    struct stat status;
    struct error error;

    write_login(place);
    assert_int_equal(config_file_read(place->path, &config, &error), 0);
    assert_string_equal(config.url, "https://api.example.com");
    assert_string_equal(config.key.text, KEY);
    assert_int_equal(stat(place->path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    write_login(place);
    assert_int_equal(config_file_read(place->path, &config, &error), 0);
    config_file_deinit(&config);
    assert_string_equal(config.key.text, "");
}

static void a_file_that_others_may_touch_is_refused(void **state)
{
    static const mode_t modes[] = {0640, 0604, 0620, 0602, 0610, 0644, 0777};
    const struct place *place = *state;
    struct config_file config = {0};
    struct error error;

    write_login(place);
    for (size_t i = 0; i < ARRAY_LENGTH(modes); ++i) {
        assert_int_equal(chmod(place->path, modes[i]), 0);
        assert_int_equal(config_file_read(place->path, &config, &error), FAULT_HARD);
        assert_non_null(strstr(error.text, "others may read or change it"));
        assert_string_equal(config.key.text, "");
    }
    assert_int_equal(chmod(place->path, 0400), 0);
    assert_int_equal(config_file_read(place->path, &config, &error), 0);
}

static void a_new_login_replaces_a_file_that_others_could_read(void **state)
{
    const struct place *place = *state;
    struct config_file config = {0};
    struct error error;

    write_login(place);
    assert_int_equal(chmod(place->path, 0666), 0);
    write_login(place);
    assert_int_equal(config_file_read(place->path, &config, &error), 0);
}

static void an_absent_file_is_no_fault_and_a_folder_is(void **state)
{
    const struct place *place = *state;
    struct config_file config = {0};
    struct error error;

    assert_int_equal(config_file_read(place->path, &config, &error), CONFIG_FILE_ABSENT);
    assert_int_equal(config_file_read(place->folder, &config, &error), FAULT_HARD);
    assert_int_equal(config_file_read("/dev/null", &config, &error), FAULT_HARD);
}

static void a_file_that_is_too_long_is_refused(void **state)
{
    const struct place *place = *state;
    struct config_file config = {0};
    static const char line[] = "# 345678901234567890123456789012345678901234567890123456789012\n";
    struct error error;
    int fd;

    write_login(place);
    fd = open(place->path, O_WRONLY | O_APPEND | O_CLOEXEC);
    for (size_t i = 0; i < 80; ++i)
        assert_int_equal(write(fd, line, strlen(line)), strlen(line));
    (void)close(fd);
    assert_int_equal(config_file_read(place->path, &config, &error), FAULT_HARD);
    assert_non_null(strstr(error.text, "too long"));
}

static void texts_are_read_line_by_line(void **state)
{
    static const char good[] = "# a login\r\n\n  url=https://a.example/x?=y \n\tkey = " KEY "\t";
    static const char *const bad[] = {"nonsense", "key = short", "colour = red",
                                      "=x",       "url",         ("key = " KEY "x")};
    struct config_file config = {0};
    struct error error;

    (void)state;
    assert_int_equal(config_file_parse(good, strlen(good), &config, &error), 0);
    assert_string_equal(config.url, "https://a.example/x?=y");
    assert_string_equal(config.key.text, KEY);
    for (size_t i = 0; i < ARRAY_LENGTH(bad); ++i) {
        assert_int_equal(config_file_parse(bad[i], strlen(bad[i]), &config, &error), FAULT_HARD);
        assert_string_equal(error.text, "line 1 is neither a url nor a key");
    }
    assert_int_equal(config_file_parse("\0", 1, &config, &error), FAULT_HARD);
    assert_string_equal(config.key.text, KEY);
    assert_int_equal(config_file_parse("", 0, &config, &error), 0);
    assert_string_equal(config.url, "");
}

static void the_path_follows_the_xdg_specification(void **state)
{
    char path[CONFIG_PATH_SIZE];
    struct error error;

    (void)state;
    assert_int_equal(setenv("HOME", "/home/a", 1), 0);
    assert_int_equal(setenv("XDG_CONFIG_HOME", "/etc/xdg-a", 1), 0);
    assert_int_equal(config_file_path(path, &error), 0);
    assert_string_equal(path, "/etc/xdg-a/slipway/config");
    assert_int_equal(setenv("XDG_CONFIG_HOME", "relative", 1), 0);
    assert_int_equal(config_file_path(path, &error), 0);
    assert_string_equal(path, "/home/a/.config/slipway/config");
    assert_int_equal(unsetenv("XDG_CONFIG_HOME"), 0);
    assert_int_equal(unsetenv("HOME"), 0);
    assert_int_equal(config_file_path(path, &error), FAULT_HARD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_written_is_read_again, make_place, remove_place),
        cmocka_unit_test_setup_teardown(a_file_that_others_may_touch_is_refused, make_place,
                                        remove_place),
        cmocka_unit_test_setup_teardown(a_new_login_replaces_a_file_that_others_could_read,
                                        make_place, remove_place),
        cmocka_unit_test_setup_teardown(an_absent_file_is_no_fault_and_a_folder_is, make_place,
                                        remove_place),
        cmocka_unit_test_setup_teardown(a_file_that_is_too_long_is_refused, make_place,
                                        remove_place),
        cmocka_unit_test(texts_are_read_line_by_line),
        cmocka_unit_test(the_path_follows_the_xdg_specification),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
