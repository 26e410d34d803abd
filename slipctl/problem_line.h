/* A refusal of the server's as one line for people. Pure. */
#pragma once

#include "slipctl/answer.h"

/* "insufficient_funds: The wallet holds 3.10 USD … (402, request 01JD…)", field errors in between;
 * of an answer that is no problem+json its status and type. Safe to be shown, without a line end.
 */
void problem_line_append(const struct answer *answer, struct buffer *out);
