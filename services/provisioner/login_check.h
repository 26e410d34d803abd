/* Whether a machine lets its owner in: an SSH login with the password, as the owner would do it. */
#pragma once

#include "lib/base/error.h"

#include <stdint.h>

struct login_target {
    const char *address;
    uint32_t port;
    const char *login;
    const char *password;
    /* Longest wait for the machine at each step of the way. */
    int64_t timeout_ms;
};

/* 0: it was let in. FAULT_RETRY: not yet; `error` says how far it came, and never the password. */
MUST_CHECK int login_check(const struct login_target *target, struct error *error);
