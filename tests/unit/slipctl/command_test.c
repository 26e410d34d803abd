/* The table of commands, and what is made from it or must say the same. */
#include "slipctl/command.h"

#include "slipctl/completion.h"
#include "slipctl/help.h"
#include "slipctl/text.h"

#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

enum { MANUAL_SIZE = 65536 };

static void read_manual(char ret_text[static MANUAL_SIZE])
{
    FILE *file = fopen(SLIPCTL_MANUAL, "r");
    size_t length;

    assert_non_null(file);
    length = fread(ret_text, 1, MANUAL_SIZE - 1, file);
    assert_in_range(length, 1, MANUAL_SIZE - 2);
    ret_text[length] = '\0';
    (void)fclose(file);
}

static size_t count_lines(const char *text, const char *beginning)
{
    size_t count = 0;

    for (const char *at = text; (at = strstr(at, beginning)) != NULL; ++at)
        if (at == text || at[-1] == '\n')
            ++count;
    return count;
}

static void append_argument(enum argument_id id, struct buffer *line)
{
    const struct argument *argument = argument_of(id);

    if (argument->place == ARGUMENT_TRAILING)
        buffer_append_text(line, "Li -- Ar ARGUMENTS");
    else if (argument->place == ARGUMENT_POSITIONAL)
        buffer_append_format(line, "Ar %s", argument->name);
    else
        buffer_append_format(line, "Fl %s%s%s", argument->name + 1,
                             argument->value != NULL ? " Ar " : "",
                             argument->value != NULL ? argument->value : "");
}

/* ".It Ic show Ar ID", as the manual has it. */
static void append_manual_line(const struct command *command, struct buffer *line)
{
    buffer_append_format(line, "\n.It Ic %s", command->name);
    for (const enum argument_id *id = command->required; *id != ARGUMENT_NONE; ++id) {
        buffer_append_text(line, " ");
        append_argument(*id, line);
    }
    for (const enum argument_id *id = command->optional; *id != ARGUMENT_NONE; ++id) {
        buffer_append_text(line, " Oo ");
        append_argument(*id, line);
        buffer_append_text(line, " Oc");
    }
    buffer_append_text(line, "\n");
}

static void the_manual_has_each_command_as_the_table_has_it(void **state)
{
    static char manual[MANUAL_SIZE];
    size_t count;
    const struct command *table = command_table(&count);

    (void)state;
    read_manual(manual);
    for (size_t i = 0; i < count; ++i) {
        CLEANUP(buffer_deinit) struct buffer line = {0};

        append_manual_line(&table[i], &line);
        if (strstr(manual, line.data) == NULL)
            print_error("the manual lacks:%s", line.data);
        assert_non_null(strstr(manual, line.data));
    }
    assert_int_equal(count_lines(manual, ".It Ic "), count);
}

static void the_manual_has_each_common_option(void **state)
{
    static char manual[MANUAL_SIZE];
    size_t count = 0;

    (void)state;
    read_manual(manual);
    for (size_t id = ARGUMENT_NONE + 1; id < ARGUMENT_ID_COUNT; ++id) {
        CLEANUP(buffer_deinit) struct buffer line = {0};

        if (argument_of((enum argument_id)id)->place != ARGUMENT_GLOBAL)
            continue;
        ++count;
        buffer_append_text(&line, "\n.It ");
        append_argument((enum argument_id)id, &line);
        buffer_append_text(&line, "\n");
        assert_non_null(strstr(manual, line.data));
    }
    assert_int_equal(count_lines(manual, ".It Fl "), count);
}

static void the_manual_has_each_exit_code(void **state)
{
    static char manual[MANUAL_SIZE];

    (void)state;
    read_manual(manual);
    for (int code = 0; code <= 4; ++code) {
        char line[24];

        (void)snprintf(line, sizeof(line), ".It %d\n", code);
        assert_int_equal(count_lines(manual, line), 1);
    }
}

static void each_argument_is_used_and_each_row_is_whole(void **state)
{
    size_t count;
    const struct command *table = command_table(&count);

    (void)state;
    for (size_t id = ARGUMENT_NONE + 1; id < ARGUMENT_ID_COUNT; ++id) {
        bool is_used = false;

        for (size_t i = 0; i < count; ++i)
            is_used = is_used || command_takes(&table[i], (enum argument_id)id);
        if (!is_used)
            print_error("nobody takes %s\n", argument_of((enum argument_id)id)->name);
        assert_true(is_used);
        assert_non_null(argument_of((enum argument_id)id)->help);
        assert_int_equal(argument_find(argument_of((enum argument_id)id)->name), id);
    }
    for (size_t i = 0; i < count; ++i) {
        assert_non_null(table[i].run);
        assert_non_null(table[i].help);
        for (size_t other = 0; other < i; ++other)
            assert_string_not_equal(table[i].name, table[other].name);
    }
}

/* Whatever a path, a query or a body names must be an argument that the command takes. */
static void requests_are_made_of_what_their_command_takes(void **state)
{
    size_t count;
    const struct command *table = command_table(&count);

    (void)state;
    for (size_t i = 0; i < count; ++i) {
        const struct command_request *request = &table[i].request;

        for (const struct command_field *field = request->query; field->name != NULL; ++field)
            assert_true(command_takes(&table[i], field->argument));
        for (const struct command_field *field = request->body; field->name != NULL; ++field)
            assert_true(field->literal != NULL || command_takes(&table[i], field->argument));
        for (const char *open = request->path; open != NULL && (open = strchr(open, '{')); ++open) {
            char name[32] = "";

            assert_int_equal(sscanf(open, "{%31[^}]}", name), 1);
            assert_true(command_takes(&table[i], argument_find(name)));
        }
    }
}

static void help_shows_every_command_and_its_words(void **state)
{
    CLEANUP(buffer_deinit) struct buffer overview = {0};
    size_t count;
    const struct command *table = command_table(&count);

    (void)state;
    help_append_overview(&overview);
    for (size_t i = 0; i < count; ++i) {
        CLEANUP(buffer_deinit) struct buffer help = {0};

        assert_non_null(strstr(overview.data, table[i].name));
        assert_non_null(strstr(overview.data, table[i].help));
        help_append_command(&table[i], &help);
        assert_int_equal(strncmp(help.data, "usage: slipctl ", 15), 0);
        for (const enum argument_id *id = table[i].optional; *id != ARGUMENT_NONE; ++id)
            assert_non_null(strstr(help.data, argument_of(*id)->help));
    }
    assert_non_null(strstr(overview.data, "--insecure-http"));
}

static void a_synopsis_has_what_is_required_first(void **state)
{
    CLEANUP(buffer_deinit) struct buffer synopsis = {0};

    (void)state;
    help_append_synopsis(command_find(NULL, "ssh"), &synopsis);
    assert_string_equal(synopsis.data, "ssh ID [--show] [-- ARGUMENTS]");
}

static void completions_know_every_command(void **state)
{
    CLEANUP(buffer_deinit) struct buffer bash = {0};
    CLEANUP(buffer_deinit) struct buffer zsh = {0};
    size_t count;
    const struct command *table = command_table(&count);

    (void)state;
    completion_append_bash(&bash);
    completion_append_zsh(&zsh);
    for (size_t i = 0; i < count; ++i) {
        char line[64];

        (void)snprintf(line, sizeof(line), "\n    '%s') echo ' ", table[i].name);
        assert_non_null(strstr(bash.data, line));
        assert_non_null(strstr(zsh.data, line));
    }
    assert_int_equal(strncmp(zsh.data, "#compdef slipctl\n", 17), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_manual_has_each_command_as_the_table_has_it),
        cmocka_unit_test(the_manual_has_each_common_option),
        cmocka_unit_test(the_manual_has_each_exit_code),
        cmocka_unit_test(each_argument_is_used_and_each_row_is_whole),
        cmocka_unit_test(requests_are_made_of_what_their_command_takes),
        cmocka_unit_test(help_shows_every_command_and_its_words),
        cmocka_unit_test(a_synopsis_has_what_is_required_first),
        cmocka_unit_test(completions_know_every_command),
    };

    text_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
