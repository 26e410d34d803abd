/* What a command goes by: the command line, then the environment, then the file of `slipctl login`.
 */
#pragma once

#include "slipctl/arguments.h"
#include "slipctl/base_url.h"
#include "slipctl/secret.h"

#include "lib/base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct settings {
    struct base_url url;
    struct secret key;
    /* 64 hex digits; "": requests are not signed. */
    struct secret signing_secret;
    /* 0: nobody was named. */
    int64_t user_id;
    /* 0: the user has not said. */
    int64_t timeout_ms;
    bool is_json, is_verbose, allows_plain;
    /* Certificates to trust instead of the system's; borrowed from the environment. NULL: none. */
    const char *ca_file;
};

/* All but URL and key, which `login` asks for itself. */
MUST_CHECK int settings_read_common(const struct arguments *arguments,
                                    struct settings *ret_settings, struct error *error);

/* Finds URL and key, and takes the key out of the environment, so that no program that is started
 * gets it. 0, OUTCOME_LOGGED_OUT or OUTCOME_MISUSED. */
MUST_CHECK int settings_find_login(const struct arguments *arguments, struct settings *settings,
                                   struct error *error);

void settings_deinit(struct settings *settings);
