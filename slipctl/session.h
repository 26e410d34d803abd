/* One run of a command: by what it goes, where it writes, and its connection to the server. */
#pragma once

#include "slipctl/answer.h"
#include "slipctl/outcome.h"
#include "slipctl/settings.h"
#include "slipctl/terminal.h"
#include "slipctl/transport.h"
#include "slipctl/view.h"

struct session {
    struct settings settings;
    struct terminal terminal;
    /* NULL: the command needs no server. */
    struct transport *transport;
    /* What goes to the output when the command is done, or sooner by session_flush(). */
    struct buffer out;
    /* The server's refusal that ended the command; a status of 0: none did. */
    struct answer refusal;
};

void session_init(struct session *session, const struct terminal *terminal);
void session_deinit(struct session *session);

/* Reads the settings that need no server. 0, or an outcome. */
MUST_CHECK int session_configure(struct session *session, const struct arguments *arguments,
                                 struct error *error);
/* Gets ready to call the server that the settings name. 0, or an outcome. */
MUST_CHECK int session_connect(struct session *session, struct error *error);

/* Writes what was put out so far, and wipes it. */
MUST_CHECK int session_flush(struct session *session, struct error *error);

/* Puts out the server's JSON as it is; on a terminal with harmful characters escaped. */
void session_print_json(struct session *session, const char *json, size_t length);

/* Puts out an object by NULL-terminated views, an empty line between two. */
void session_print_views(struct session *session, const struct view *const *views,
                         const json_t *object);

/* One of the two above, as --json says. OUTCOME_REFUSED: the answer is no JSON. */
MUST_CHECK int session_print_answer(struct session *session, const struct answer *answer,
                                    const struct view *const *views, struct error *error);
