/* Calls of the API: what a session sends, again when it may, and what comes of it. */
#pragma once

#include "slipctl/session.h"

enum {
    IDEMPOTENCY_KEY_SIZE = 201,
    /* Unless --timeout says otherwise: for an answer, and for what is built or paid. */
    CALL_TIMEOUT_MS = 60000,
    WAIT_TIMEOUT_MS = 900000,
};

/* All borrowed. */
struct call {
    const char *method;
    /* Below the API's base path, encoded, with its query: "/vps?limit=50". */
    const char *path;
    /* JSON; NULL: none. */
    const char *body;
    /* NULL: none, so a write is not repeated. */
    const char *idempotency_key;
    /* Another header, "Prefer: wait=20"; NULL: none. */
    const char *header;
    /* Seconds that the server may hold the answer back because of it. */
    int64_t hold_s;
    /* When to give up, by the monotonic clock; 0: after --timeout or CALL_TIMEOUT_MS. */
    int64_t deadline_ms;
};

/* Sends it, with the same key and bytes each time, until there is an answer to keep. 0: a success
 * (2xx). OUTCOME_REFUSED or OUTCOME_LOGGED_OUT: the session's `refusal` holds the problem.
 * OUTCOME_UNREACHABLE: what happened is in the error, with the key to repeat it by. Fills an
 * initialised answer. */
MUST_CHECK int call_send(struct session *session, const struct call *call,
                         struct answer *ret_answer, struct error *error);

/* One attempt whose event stream goes to `sink`; any HTTP status is 0. OUTCOME_UNREACHABLE else. */
MUST_CHECK int call_stream(struct session *session, const struct call *call, transport_sink_fn sink,
                           void *sink_context, struct answer *ret_answer, struct error *error);

/* The key that the user gave, or a new one that nobody else has. */
void call_make_idempotency_key(const struct arguments *arguments,
                               char ret_key[static IDEMPOTENCY_KEY_SIZE]);

/* By the monotonic clock: --timeout from now, or `usual_ms`. */
int64_t call_deadline_ms(const struct session *session, int64_t usual_ms);
