/* What --help shows, made from the tables of commands and arguments. Pure. */
#pragma once

#include "slipctl/command.h"

#include "lib/base/buffer.h"

/* "quote PLAN --months N --os OS" */
void help_append_synopsis(const struct command *command, struct buffer *out);

/* Every command, the options that all take, and where settings come from. */
void help_append_overview(struct buffer *out);

/* One command: its synopsis and what its words mean. */
void help_append_command(const struct command *command, struct buffer *out);
