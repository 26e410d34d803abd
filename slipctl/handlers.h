/* What the commands do. Each returns 0, or an outcome with its reason in the error or in the
 * session's `refusal`. */
#pragma once

#include "slipctl/batch_state.h"
#include "slipctl/command.h"
#include "slipctl/session.h"

/* Sends what the command's row says and shows the answer. */
int run_answer(struct session *session, const struct arguments *arguments, struct error *error);
/* The same for a list, page by page to its end or to --limit; --json gives one document. */
int run_list(struct session *session, const struct arguments *arguments, struct error *error);
/* The same for what may take long: an answer of 202 is followed until it ends. */
int run_order(struct session *session, const struct arguments *arguments, struct error *error);

int run_login(struct session *session, const struct arguments *arguments, struct error *error);
int run_balance(struct session *session, const struct arguments *arguments, struct error *error);
int run_buy(struct session *session, const struct arguments *arguments, struct error *error);
int run_ssh(struct session *session, const struct arguments *arguments, struct error *error);
int run_console(struct session *session, const struct arguments *arguments, struct error *error);
int run_power(struct session *session, const struct arguments *arguments, struct error *error);
int run_batch(struct session *session, const struct arguments *arguments, struct error *error);
int run_deposit(struct session *session, const struct arguments *arguments, struct error *error);
int run_completion(struct session *session, const struct arguments *arguments, struct error *error);

/* ---- what they share ---- */

/* Asks unless --yes was given. OUTCOME_REFUSED: no was the answer; OUTCOME_MISUSED: nobody is there
 * to ask. */
MUST_CHECK int run_confirm(const struct session *session, const struct arguments *arguments,
                           const char *question, struct error *error);

/* Sends what the command's row says. */
MUST_CHECK int run_send(struct session *session, const struct arguments *arguments,
                        struct answer *ret_answer, struct error *error);

/* The batch that a 202 names. OUTCOME_REFUSED: it names none. */
MUST_CHECK int run_find_batch(const struct answer *accepted,
                              char ret_batch_id[static BATCH_TEXT_SIZE], struct error *error);

/* Follows the batch of a 202 and shows its end, or shows the 202 itself with --no-wait. */
MUST_CHECK int run_follow_accepted(struct session *session, const struct arguments *arguments,
                                   const struct answer *accepted, struct error *error);
