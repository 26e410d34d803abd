/* Asks whoever sits at the terminal, or reads what a script pipes in. */
#pragma once

#include "slipctl/secret.h"
#include "slipctl/terminal.h"

#include "lib/base/error.h"

/* Shows a question of one line or more, made safe, and leaves the cursor behind it. */
void prompt_show(const struct terminal *terminal, const char *question);

/* A line of the input without its end. FAULT_HARD: there is none, or it does not fit. */
MUST_CHECK int prompt_read_line(int fd, char *ret_line, size_t size, struct error *error);

/* On a terminal it asks first, and what is typed is not shown; the terminal is as it was afterwards
 * even when a signal ends the process. FAULT_HARD: as above. */
MUST_CHECK int prompt_read_secret(const struct terminal *terminal, const char *question,
                                  struct secret *ret_secret, struct error *error);

/* Asks for a y on a terminal. False: anything else was answered. */
MUST_CHECK bool prompt_confirm(const struct terminal *terminal, const char *question);
