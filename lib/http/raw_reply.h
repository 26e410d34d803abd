/* Refusals written past libmicrohttpd, where it has no way to reply: to a request that is still on
 * its way, or a connection it never sees. */
#pragma once

#include "lib/http/problem.h"

/* Writes an answer with "Connection: close", as much as the socket takes without waiting.
 * request_id NULL: a new one. */
void raw_reply_problem(int fd, enum problem_code code, const char *request_id);
