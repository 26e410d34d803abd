/* The words of a command line, read by one table of all arguments there are.
 *
 * Not getopt: an option is never taken for another one that begins like it, a negative amount is no
 * option, and nothing but the caller's struct remembers anything. */
#pragma once

#include "lib/base/error.h"

#include <stdbool.h>
#include <stdint.h>

enum argument_id {
    ARGUMENT_NONE,
    /* For every command. */
    ARGUMENT_JSON,
    ARGUMENT_URL,
    ARGUMENT_USER,
    ARGUMENT_TIMEOUT,
    ARGUMENT_NO_COLOR,
    ARGUMENT_VERBOSE,
    ARGUMENT_INSECURE_HTTP,
    ARGUMENT_HELP,
    ARGUMENT_VERSION,
    /* By their place. */
    ARGUMENT_ID,
    ARGUMENT_PLAN,
    ARGUMENT_ACTION,
    ARGUMENT_BATCH,
    ARGUMENT_AMOUNT,
    ARGUMENT_OWNER,
    ARGUMENT_CHANGE,
    ARGUMENT_KEY_ID,
    ARGUMENT_DEPOSIT,
    ARGUMENT_SHELL,
    /* By their name. */
    ARGUMENT_MONTHS,
    ARGUMENT_OS,
    ARGUMENT_LOCATION,
    ARGUMENT_COUNT,
    ARGUMENT_YES,
    ARGUMENT_NO_WAIT,
    ARGUMENT_WAIT,
    ARGUMENT_IDEMPOTENCY_KEY,
    ARGUMENT_STATUS,
    ARGUMENT_TYPE,
    ARGUMENT_FROM,
    ARGUMENT_TO,
    ARGUMENT_LIMIT,
    ARGUMENT_SHOW,
    ARGUMENT_OPEN,
    ARGUMENT_PROVIDER,
    ARGUMENT_ASSET,
    ARGUMENT_NAME,
    ARGUMENT_TELEGRAM_ID,
    ARGUMENT_REASON,
    ARGUMENT_ROLE,
    ARGUMENT_SCOPES,
    /* What follows "--". */
    ARGUMENT_REST,
    ARGUMENT_ID_COUNT,
};

enum argument_type {
    /* Takes no value. */
    ARGUMENT_SWITCH,
    /* 1 to `maximum` bytes. */
    ARGUMENT_TEXT,
    /* minimum … maximum. */
    ARGUMENT_NUMBER,
    /* Dollars, two places at most; minimum … maximum in cents. */
    ARGUMENT_MONEY,
    /* RFC 3339. */
    ARGUMENT_TIME,
    /* One of `words`. */
    ARGUMENT_WORD,
};

enum argument_place {
    ARGUMENT_POSITIONAL,
    ARGUMENT_OPTION,
    /* An option that any command takes. */
    ARGUMENT_GLOBAL,
    ARGUMENT_TRAILING,
};

struct argument {
    /* "--months", or "PLAN". */
    const char *name;
    /* What an option's value is called; NULL: it takes none, or has no name. */
    const char *value;
    enum argument_place place;
    enum argument_type type;
    int64_t minimum, maximum;
    /* ARGUMENT_WORD: separated by a space each. */
    const char *words;
    const char *help;
};

struct argument_value {
    /* NULL: not given. Borrowed from the command line. */
    const char *text;
    /* ARGUMENT_NUMBER; of ARGUMENT_MONEY the cents. */
    int64_t number;
};

enum { ARGUMENT_POSITIONS_MAX = 4 };

struct arguments {
    /* NULL: none was named, which only --help and --version may do without. */
    const struct command *command;
    struct argument_value values[ARGUMENT_ID_COUNT];
    /* ARGUMENT_REST; borrowed. */
    char *const *rest;
    size_t rest_count;
};

const struct argument *argument_of(enum argument_id id);
/* ARGUMENT_NONE: there is none of that name. */
enum argument_id argument_find(const char *name);

/* Reads argv without the program's name. 0, or OUTCOME_MISUSED with what is wrong. Values are not
 * repeated in the error: one may be a secret that was put into the wrong place. */
MUST_CHECK int arguments_parse(int argc, char *const *argv, struct arguments *ret_arguments,
                               struct error *error);

bool arguments_have(const struct arguments *arguments, enum argument_id id);
/* NULL: not given. */
const char *arguments_text(const struct arguments *arguments, enum argument_id id);
/* `fallback`: not given. */
int64_t arguments_number(const struct arguments *arguments, enum argument_id id, int64_t fallback);
