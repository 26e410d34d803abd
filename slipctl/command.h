/* The commands: one table, from which help, completion and the manual page's check come. */
#pragma once

#include "slipctl/arguments.h"
#include "slipctl/view.h"

struct session;

enum {
    COMMAND_ARGUMENTS_MAX = 8,
    COMMAND_VIEWS_MAX = 5,
    COMMAND_FIELDS_MAX = 8,
};

enum command_flags {
    /* Needs neither a server nor a key. */
    COMMAND_LOCAL = 1 << 0,
    /* Asks for URL and key itself. */
    COMMAND_LOGS_IN = 1 << 1,
    /* --user goes with it, as ?user_id= unless the body names it. */
    COMMAND_USER = 1 << 2,
    /* Shows no answer of the server's, so --json does not go with it. */
    COMMAND_NO_JSON = 1 << 3,
    /* Moves money: sends an Idempotency-Key. */
    COMMAND_MONEY = 1 << 4,
};

/* A member of the body, or a parameter of the query: left out when its argument is not given. */
struct command_field {
    const char *name;
    enum argument_id argument;
    /* Without an argument: the member's JSON, always the same. */
    const char *literal;
};

/* What goes to the server. */
struct command_request {
    /* NULL: the command makes its requests itself. */
    const char *method;
    /* "/vps/{ID}/renew": in braces stand names of arguments. */
    const char *path;
    /* Each ends with a field without a name. */
    struct command_field query[COMMAND_FIELDS_MAX], body[COMMAND_FIELDS_MAX];
};

struct command {
    /* "list", or "admin users". */
    const char *name;
    const char *help;
    unsigned flags;
    /* Each ends with ARGUMENT_NONE; positional ones in their order. */
    enum argument_id required[COMMAND_ARGUMENTS_MAX], optional[COMMAND_ARGUMENTS_MAX];
    struct command_request request;
    /* Asked before anything is done, unless --yes is given; braces as in a path. NULL: nothing. */
    const char *question;
    /* Ends with NULL. */
    const struct view *views[COMMAND_VIEWS_MAX];
    /* 0, or an outcome with its reason in the error or in the session's `refusal`. */
    int (*run)(struct session *session, const struct arguments *arguments, struct error *error);
};

const struct command *command_table(size_t *ret_count);

/* `group` NULL: the name is of one word. NULL: there is none. */
const struct command *command_find(const char *group, const char *name);
/* "admin": the first word of commands of two. */
bool command_is_group(const char *word);
/* Required, optional, or one of those that every command takes. */
bool command_takes(const struct command *command, enum argument_id id);
