/* Makes what a command sends from its row in the table and from its arguments. Pure. */
#pragma once

#include "slipctl/command.h"

#include "lib/base/buffer.h"

/* Path and query below the base path, encoded. Overflown: no memory. */
void request_append_path(const struct command *command, const struct arguments *arguments,
                         struct buffer *out);

/* The body's JSON; nothing when the command has none. */
void request_append_body(const struct command *command, const struct arguments *arguments,
                         struct buffer *out);

/* The command's question with its arguments put in. */
void request_append_question(const struct command *command, const struct arguments *arguments,
                             struct buffer *out);
