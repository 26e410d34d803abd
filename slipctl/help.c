#include "slipctl/help.h"

#include <string.h>

enum { COLUMN = 26 };

static void append_argument(enum argument_id id, struct buffer *out)
{
    const struct argument *argument = argument_of(id);

    buffer_append_text(out, argument->name);
    if (argument->value != NULL)
        buffer_append_format(out, " %s", argument->value);
}

void help_append_synopsis(const struct command *command, struct buffer *out)
{
    buffer_append_text(out, command->name);
    for (const enum argument_id *id = command->required; *id != ARGUMENT_NONE; ++id) {
        buffer_append_text(out, " ");
        append_argument(*id, out);
    }
    for (const enum argument_id *id = command->optional; *id != ARGUMENT_NONE; ++id) {
        buffer_append_text(out, " [");
        append_argument(*id, out);
        buffer_append_text(out, "]");
    }
}

/* "  --months N                for how long" */
static void append_explained(enum argument_id id, struct buffer *out)
{
    const struct argument *argument = argument_of(id);
    CLEANUP(buffer_deinit) struct buffer name = {0};

    append_argument(id, &name);
    buffer_append_format(out, "  %-*s%s%s", COLUMN, name.data != NULL ? name.data : "",
                         name.length >= COLUMN ? " " : "", argument->help);
    if (argument->words != NULL)
        buffer_append_format(out, " (%s)", argument->words);
    buffer_append_text(out, "\n");
}

static void append_globals(const struct command *command, struct buffer *out)
{
    for (size_t id = ARGUMENT_NONE + 1; id < ARGUMENT_ID_COUNT; ++id)
        if (argument_of((enum argument_id)id)->place == ARGUMENT_GLOBAL &&
            (command == NULL || command_takes(command, (enum argument_id)id)))
            append_explained((enum argument_id)id, out);
}

void help_append_overview(struct buffer *out)
{
    size_t count;
    const struct command *table = command_table(&count);

    buffer_append_text(out, "usage: slipctl COMMAND [OPTIONS]\n\nCommands:\n");
    for (size_t i = 0; i < count; ++i)
        buffer_append_format(out, "  %-*s%s\n", COLUMN, table[i].name, table[i].help);
    buffer_append_text(out, "\nOptions of every command:\n");
    append_globals(NULL, out);
    buffer_append_text(
        out, "\nslipctl COMMAND --help says what a command takes.\n\n"
             "URL and key are those of slipctl login, or SLIPWAY_URL and SLIPWAY_KEY; with\n"
             "SLIPWAY_SIGNING_SECRET requests are signed. A key is never given as an argument.\n"
             "Exit codes: 0 done, 1 refused or failed, 2 misused, 3 no answer, 4 not logged in.\n");
}

void help_append_command(const struct command *command, struct buffer *out)
{
    buffer_append_text(out, "usage: slipctl ");
    help_append_synopsis(command, out);
    buffer_append_format(out, "\n\n%s\n\n", command->help);
    for (const enum argument_id *id = command->required; *id != ARGUMENT_NONE; ++id)
        append_explained(*id, out);
    for (const enum argument_id *id = command->optional; *id != ARGUMENT_NONE; ++id)
        append_explained(*id, out);
    append_globals(command, out);
}
