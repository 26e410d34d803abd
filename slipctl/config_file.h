/* The file that `slipctl login` keeps: URL and key, readable by its owner only.
 *
 * Lines are "name = value"; empty ones and those that begin with # are skipped. */
#pragma once

#include "slipctl/secret.h"

#include "lib/base/error.h"

#include <stddef.h>

enum {
    CONFIG_FILE_LONGEST = 4096,
    CONFIG_PATH_SIZE = 1024,
};

struct config_file {
    /* "": the file names none. */
    char url[512];
    struct secret key;
};

enum config_file_refusal {
    CONFIG_FILE_ABSENT = 1,
};

/* $XDG_CONFIG_HOME/slipway/config, or the same below ~/.config. FAULT_HARD: neither is known. */
MUST_CHECK int config_file_path(char ret_path[static CONFIG_PATH_SIZE], struct error *error);

/* Pure: reads the file's text. FAULT_HARD: what is wrong with it, by its line; values are not
 * repeated. */
MUST_CHECK int config_file_parse(const char *text, size_t length, struct config_file *ret_config,
                                 struct error *error);

/* 0, CONFIG_FILE_ABSENT, or FAULT_HARD: others may read or change it, it is not ours, or broken. */
MUST_CHECK int config_file_read(const char *path, struct config_file *ret_config,
                                struct error *error);

/* Replaces it at once, with mode 0600, and makes the folder if there is none. */
MUST_CHECK int config_file_write(const char *path, const struct config_file *config,
                                 struct error *error);

void config_file_deinit(struct config_file *config);
