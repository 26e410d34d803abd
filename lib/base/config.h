/* Settings from the environment (12factor.net/config), one table a service.
 *
 * The table is the documentation: --help prints it, and a value that is missing, malformed or out
 * of range stops the service at start, by name. Values are never printed.
 */
#pragma once

#include "lib/base/error.h"

#include <stdint.h>
#include <stdio.h>

enum setting_type {
    SETTING_TEXT,   /* const char *, borrowed from the environment or the table */
    SETTING_NUMBER, /* int64_t, checked against minimum … maximum */
    SETTING_SWITCH, /* bool: on/off, true/false, 1/0 */
};

struct setting {
    const char *name;
    enum setting_type type;
    /* offsetof the member in the service's configuration struct. */
    size_t offset;
    /* NULL: must be set, and not to "". */
    const char *fallback;
    const char *help;
    /* SETTING_NUMBER only. */
    int64_t minimum, maximum;
};

/* Fills `config` from the environment. FAULT_HARD names every setting that is wrong, first one
 * first. */
MUST_CHECK int config_load(const struct setting *settings, size_t count, void *config,
                           struct error *error);

/* The table for --help. */
void config_print(const struct setting *settings, size_t count, FILE *stream);
