/* Scripts that complete slipctl's words in a shell, made from the tables of commands and arguments.
 * Pure. */
#pragma once

#include "lib/base/buffer.h"

void completion_append_bash(struct buffer *out);
void completion_append_zsh(struct buffer *out);
