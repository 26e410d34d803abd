/* How ssh gets a server's password without seeing it on a command line or in the environment.
 *
 * ssh starts the program that SSH_ASKPASS names when it wants a password; that program is slipctl
 * again. The first slipctl keeps the password in memory that it alone has open and names that
 * memory's path under /proc, which only the same user may follow. Source: ssh(1), ENVIRONMENT. */
#pragma once

#include "slipctl/secret.h"

#include "lib/base/error.h"

#include <stdbool.h>

/* Puts the password where askpass_run() finds it, and says so in the environment of what is started
 * from now on. `ret_fd` is to be closed when ssh has ended. FAULT_HARD: it can't be done here. */
MUST_CHECK int askpass_offer(const struct secret *password, int *ret_fd, struct error *error);

/* This process was started by ssh to answer one question. */
bool askpass_is_asked(int argc);

/* Answers ssh's question: with the password when it is one for a password, else by whoever sits at
 * the terminal. Returns the exit code. */
int askpass_run(const char *question);
