/* Follows a batch until it ends: by its event stream, else by asking again and again. */
#pragma once

#include "slipctl/batch_state.h"
#include "slipctl/session.h"

/* Shows progress beside the output. 0: it has ended, well or not; `ret_answer`, an initialised one,
 * holds its last state. OUTCOME_UNREACHABLE: it goes on, but --timeout or 15 minutes are over, or
 * the server is gone; the error says how to follow it further. */
MUST_CHECK int batch_follow(struct session *session, const char *batch_id,
                            struct answer *ret_answer, struct batch_state *ret_state,
                            struct error *error);

/* Follows it, puts out its last state by --json or `views`, and says how it ended: 0, or
 * OUTCOME_REFUSED when any of it failed. */
MUST_CHECK int batch_follow_and_print(struct session *session, const char *batch_id,
                                      const struct view *const *views, struct error *error);
