#include "slipctl/progress.h"

#include "slipctl/text.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static struct batch_state read_state(const char *json)
{
    struct batch_state state = {0};
    json_t *batch = json_loads(json, 0, NULL);

    assert_non_null(batch);
    assert_false(batch_state_read(batch, &state));
    json_decref(batch);
    return state;
}

#define HEAD(status) "{\"batch_id\":\"checkout:5\",\"status\":\"" status "\",\"total\":3,"

static const char half_done[] =
    HEAD("running") "\"succeeded\":1,\"failed\":0,\"items\":["
                    "{\"status\":\"active\",\"step\":\"done\",\"progress\":100},"
                    "{\"status\":\"building\",\"step\":\"installing\",\"progress\":60},"
                    "{\"status\":\"queued\",\"step\":null,\"progress\":20}]}";

static void a_batch_is_as_far_as_its_items_together(void **state)
{
    const struct batch_state half = read_state(half_done);

    (void)state;
    assert_int_equal(half.percent, 60);
    assert_string_equal(half.step, "");
    assert_false(batch_state_has_ended(&half));
}

static void the_step_is_that_of_the_item_furthest_behind(void **state)
{
    const struct batch_state two = read_state(
        HEAD("running") "\"succeeded\":0,\"failed\":0,\"items\":["
                        "{\"status\":\"building\",\"step\":\"late\",\"progress\":70},"
                        "{\"status\":\"building\",\"step\":\"early\",\"progress\":10}]}");

    (void)state;
    assert_string_equal(two.step, "early");
    assert_int_equal(two.percent, 40);
}

static void strange_numbers_stay_within_a_hundred(void **state)
{
    const struct batch_state strange = read_state(
        HEAD("running") "\"items\":[{\"progress\":-5},{\"progress\":9223372036854775807},"
                        "{\"progress\":\"x\"},7]}");

    (void)state;
    assert_int_equal(strange.percent, 25);
}

static void an_end_is_an_end(void **state)
{
    const struct batch_state done = read_state(HEAD("completed") "\"items\":[]}");
    const struct batch_state part = read_state(HEAD("partial") "\"items\":[]}");
    const struct batch_state none = read_state(HEAD("failed") "\"items\":[]}");

    (void)state;
    assert_true(batch_state_has_ended(&done) && batch_state_is_completed(&done));
    assert_true(batch_state_has_ended(&part) && !batch_state_is_completed(&part));
    assert_true(batch_state_has_ended(&none) && !batch_state_is_completed(&none));
    assert_int_equal(done.percent, 100);
}

static void what_is_no_batch_is_refused(void **state)
{
    static const char *const others[] = {"{}", "[]", "{\"batch_id\":\"a\"}", "{\"status\":\"b\"}",
                                         "{\"batch_id\":1,\"status\":2}"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(others); ++i) {
        struct batch_state found;
        json_t *other = json_loads(others[i], 0, NULL);

        assert_non_null(other);
        assert_true(batch_state_read(other, &found));
        json_decref(other);
    }
}

static void the_bar_fits_the_terminal(void **state)
{
    const struct batch_state half = read_state(half_done);

    (void)state;
    for (size_t width = 20; width < 90; ++width) {
        CLEANUP(buffer_deinit) struct buffer bar = {0};

        progress_append_bar(&bar, &half, width);
        assert_in_range(text_width(bar.data), 20, width);
        if (width >= 80)
            assert_string_equal(bar.data,
                                "checkout:5 [############........]  60 %  running, 1 of 3 ready");
    }
}

/* What is written beside the output for two states, the second one seen twice. */
static void show_three(bool can_redraw, char *ret_text, size_t size)
{
    const int fd = memfd_create("shown", MFD_CLOEXEC);
    const struct terminal terminal = {
        .err_fd = fd, .err_can_redraw = can_redraw, .err_width = can_redraw ? 80 : 0};
    const struct batch_state half = read_state(half_done);
    const struct batch_state done =
        read_state(HEAD("partial") "\"succeeded\":2,\"failed\":1,\"items\":[]}");
    struct progress progress;
    ssize_t length;

    progress_init(&progress, &terminal);
    progress_show(&progress, &half);
    progress_show(&progress, &done);
    progress_show(&progress, &done);
    progress_finish(&progress);
    progress_deinit(&progress);
    length = pread(fd, ret_text, size - 1, 0);
    assert_true(length >= 0);
    ret_text[length] = '\0';
    (void)close(fd);
}

static void a_terminal_gets_a_bar_that_is_drawn_over(void **state)
{
    char text[1024];

    (void)state;
    show_three(true, text, sizeof(text));
    assert_string_equal(text,
                        "\rcheckout:5 [############........]  60 %  running, 1 of 3 ready\x1b[K"
                        "\rcheckout:5 [####################] 100 %  partial, 2 of 3 ready, 1 failed"
                        "\x1b[K\n");
}

static void a_log_gets_a_plain_line_for_each_change(void **state)
{
    char text[1024];

    (void)state;
    show_three(false, text, sizeof(text));
    assert_string_equal(text, "checkout:5: running, 1 of 3 ready\n"
                              "checkout:5: partial, 2 of 3 ready, 1 failed\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batch_is_as_far_as_its_items_together),
        cmocka_unit_test(the_step_is_that_of_the_item_furthest_behind),
        cmocka_unit_test(strange_numbers_stay_within_a_hundred),
        cmocka_unit_test(an_end_is_an_end),
        cmocka_unit_test(what_is_no_batch_is_refused),
        cmocka_unit_test(the_bar_fits_the_terminal),
        cmocka_unit_test(a_terminal_gets_a_bar_that_is_drawn_over),
        cmocka_unit_test(a_log_gets_a_plain_line_for_each_change),
    };

    text_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
