#include "slipctl/arguments.h"

#include <string.h>

#define GLOBAL(name, value, type, minimum, maximum, help)                                          \
    {                                                                                              \
        name, value, ARGUMENT_GLOBAL, type, minimum, maximum, NULL, help                           \
    }
#define PLACED(name, type, minimum, maximum, words, help)                                          \
    {                                                                                              \
        name, NULL, ARGUMENT_POSITIONAL, type, minimum, maximum, words, help                       \
    }
#define OPTION(name, value, type, minimum, maximum, words, help)                                   \
    {                                                                                              \
        name, value, ARGUMENT_OPTION, type, minimum, maximum, words, help                          \
    }
#define SWITCH(name, help)                                                                         \
    {                                                                                              \
        name, NULL, ARGUMENT_OPTION, ARGUMENT_SWITCH, 0, 0, NULL, help                             \
    }

/* 10 million dollars, as the server has it. */
#define CENTS_MAX INT64_C(1000000000)
#define CODE_MAX  64
#define STATUSES                                                                                   \
    "pending building active suspended reinstalling deleting deleted failed completed expired"

/* clang-format off */
static const struct argument table[ARGUMENT_ID_COUNT] = {
    [ARGUMENT_NONE] = {.name = ""},

    [ARGUMENT_JSON] = GLOBAL("--json", NULL, ARGUMENT_SWITCH, 0, 0,
        "print the server's JSON as it is, one document"),
    [ARGUMENT_URL] = GLOBAL("--url", "URL", ARGUMENT_TEXT, 0, 500,
        "the API's address instead of SLIPWAY_URL or the stored one"),
    [ARGUMENT_USER] = GLOBAL("--user", "ID", ARGUMENT_NUMBER, 1, INT64_MAX,
        "for operators: the user that it is for"),
    [ARGUMENT_TIMEOUT] = GLOBAL("--timeout", "SECONDS", ARGUMENT_NUMBER, 1, 86400,
        "how long to wait for an answer (60), or for what is built or paid (900)"),
    [ARGUMENT_NO_COLOR] = GLOBAL("--no-color", NULL, ARGUMENT_SWITCH, 0, 0,
        "no colours, as with NO_COLOR"),
    [ARGUMENT_VERBOSE] = GLOBAL("--verbose", NULL, ARGUMENT_SWITCH, 0, 0,
        "tell each request on standard error"),
    [ARGUMENT_INSECURE_HTTP] = GLOBAL("--insecure-http", NULL, ARGUMENT_SWITCH, 0, 0,
        "allow http:// to other machines: everybody on the way can read the key"),
    [ARGUMENT_HELP] = GLOBAL("--help", NULL, ARGUMENT_SWITCH, 0, 0,
        "show this, or what a command takes"),
    [ARGUMENT_VERSION] = GLOBAL("--version", NULL, ARGUMENT_SWITCH, 0, 0,
        "show the version"),

    [ARGUMENT_ID] = PLACED("ID", ARGUMENT_NUMBER, 1, INT64_MAX, NULL, "a server's number"),
    [ARGUMENT_PLAN] = PLACED("PLAN", ARGUMENT_TEXT, 0, CODE_MAX, NULL, "a plan of the catalog"),
    [ARGUMENT_ACTION] = PLACED("ACTION", ARGUMENT_WORD, 0, 0, "start stop reboot toggle",
        "what to do with its power"),
    [ARGUMENT_BATCH] = PLACED("BATCH", ARGUMENT_TEXT, 0, CODE_MAX, NULL,
        "a batch such as checkout:5678"),
    [ARGUMENT_AMOUNT] = PLACED("AMOUNT", ARGUMENT_MONEY, 1, CENTS_MAX, NULL, "dollars such as 50.00"),
    [ARGUMENT_OWNER] = PLACED("USER", ARGUMENT_NUMBER, 1, INT64_MAX, NULL, "a user's number"),
    [ARGUMENT_CHANGE] = PLACED("CHANGE", ARGUMENT_MONEY, -CENTS_MAX, CENTS_MAX, NULL,
        "dollars to add, or such as -5.00 to take"),
    [ARGUMENT_KEY_ID] = PLACED("KEY_ID", ARGUMENT_NUMBER, 1, INT64_MAX, NULL, "a key's number"),
    [ARGUMENT_DEPOSIT] = PLACED("TRANSACTION", ARGUMENT_NUMBER, 1, INT64_MAX, NULL,
        "a deposit's transaction"),
    [ARGUMENT_SHELL] = PLACED("SHELL", ARGUMENT_WORD, 0, 0, "bash zsh", "the shell to complete in"),

    [ARGUMENT_MONTHS] = OPTION("--months", "N", ARGUMENT_NUMBER, 1, 120, NULL, "for how long"),
    [ARGUMENT_OS] = OPTION("--os", "OS", ARGUMENT_TEXT, 0, CODE_MAX, NULL,
        "an operating system of the catalog"),
    [ARGUMENT_LOCATION] = OPTION("--location", "L", ARGUMENT_TEXT, 0, CODE_MAX, NULL,
        "a location of the catalog"),
    [ARGUMENT_COUNT] = OPTION("--count", "N", ARGUMENT_NUMBER, 1, 100, NULL,
        "how many of the same, all or none"),
    [ARGUMENT_YES] = SWITCH("--yes", "don't ask"),
    [ARGUMENT_NO_WAIT] = SWITCH("--no-wait", "don't wait until it is done"),
    [ARGUMENT_WAIT] = SWITCH("--wait", "wait until it is done"),
    [ARGUMENT_IDEMPOTENCY_KEY] = OPTION("--idempotency-key", "TEXT", ARGUMENT_TEXT, 8, 200, NULL,
        "the one of an earlier try that may have gone through: it is done once"),
    [ARGUMENT_STATUS] = OPTION("--status", "STATUS", ARGUMENT_WORD, 0, 0, STATUSES,
        "only what has this status"),
    [ARGUMENT_TYPE] = OPTION("--type", "TYPE", ARGUMENT_WORD, 0, 0,
        "purchase renewal refund deposit adjustment referral_bonus", "only this type"),
    [ARGUMENT_FROM] = OPTION("--from", "TIME", ARGUMENT_TIME, 0, 0, NULL,
        "not before, such as 2026-09-09T12:00:00Z"),
    [ARGUMENT_TO] = OPTION("--to", "TIME", ARGUMENT_TIME, 0, 0, NULL, "only before"),
    [ARGUMENT_LIMIT] = OPTION("--limit", "N", ARGUMENT_NUMBER, 1, 100000, NULL,
        "at most so many, the newest"),
    [ARGUMENT_SHOW] = SWITCH("--show", "show the password to be typed instead of passing it on"),
    [ARGUMENT_OPEN] = SWITCH("--open", "open it in the browser"),
    [ARGUMENT_PROVIDER] = OPTION("--provider", "P", ARGUMENT_WORD, 0, 0,
        "crypto cryptobot xrocket lolz sbp", "who takes the payment"),
    [ARGUMENT_ASSET] = OPTION("--asset", "A", ARGUMENT_TEXT, 0, CODE_MAX, NULL,
        "what is paid with, such as USDT"),
    [ARGUMENT_NAME] = OPTION("--name", "NAME", ARGUMENT_TEXT, 0, 100, NULL, "what it is called"),
    [ARGUMENT_TELEGRAM_ID] = OPTION("--telegram-id", "N", ARGUMENT_NUMBER, 1, INT64_MAX, NULL,
        "the user's number there"),
    [ARGUMENT_REASON] = OPTION("--reason", "TEXT", ARGUMENT_TEXT, 0, 500, NULL,
        "why, for the log"),
    [ARGUMENT_ROLE] = OPTION("--role", "ROLE", ARGUMENT_WORD, 0, 0, "reseller operator",
        "whose key it is; a reseller's needs --user"),
    [ARGUMENT_SCOPES] = OPTION("--scopes", "LIST", ARGUMENT_TEXT, 0, 200, NULL,
        "what it may do, such as vps:read,vps:buy"),

    [ARGUMENT_REST] = {"-- ARGUMENTS", NULL, ARGUMENT_TRAILING, ARGUMENT_TEXT, 0, 0, NULL,
        "passed on to ssh"},
};
/* clang-format on */

const struct argument *argument_of(enum argument_id id)
{
    return &table[id];
}

enum argument_id argument_find(const char *name)
{
    for (size_t id = ARGUMENT_NONE + 1; id < ARGUMENT_ID_COUNT; ++id)
        if (strcmp(table[id].name, name) == 0)
            return (enum argument_id)id;
    return ARGUMENT_NONE;
}
