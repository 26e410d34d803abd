/* The questions of the gateway, one table: which statement asks PostgreSQL, how its rows become the
 * answer. Every question is at most one statement, so a crowd of them shares one pipeline.
 *
 * The tenant rule stands in the statements: a reseller's principal is an argument of each, so that
 * another tenant's thing costs the same work as one that does not exist and comes out as NotFound.
 */
#pragma once

#include "lib/base/buffer.h"
#include "lib/pg/pg.h"
#include "proto/billing.pb-c.h"
#include "services/billing/catalog.h"

#include <stdbool.h>
#include <stdint.h>

/* What the answer to one question is made from; all borrowed. */
struct query {
    const Slipway__V1__Query *message;
    /* Set for questions that need it. */
    const struct catalog *catalog;
    int64_t now_us;
    /* The share of each deposit that goes to who invited its user. */
    uint32_t referral_basis_points;
};

struct question {
    /* The statement, with its arguments filled in (they may borrow from the message). NULL: this
     * one needs no rows. `ask` itself NULL: it never does. */
    const struct pg_statement *(*ask)(const Slipway__V1__Query *message, struct pg_args *args);
    /* Pushes the ids that the question is about; they become the statement's first argument. NULL:
     * it has no such list. */
    void (*list)(const Slipway__V1__Query *message, struct pg_array *ret_ids);
    /* Appends the packed QueryResult. `rows` is NULL when nothing was asked. FAULT_HARD: no memory,
     * or the database holds nonsense. */
    int (*answer)(const struct query *query, const struct pg_rows *rows, struct buffer *ret_packed,
                  struct error *error);
    Slipway__V1__Query__QuestionCase which;
    bool needs_catalog;
    /* Takes seconds on a large database; must not hold up the others. */
    bool slow;
};

/* Never NULL: an unknown or missing question is answered NotFound. */
const struct question *queries_find(const Slipway__V1__Query *message);

/* QueryResult "refused" for a question that could not be answered. */
MUST_CHECK int queries_refuse_unavailable(const Slipway__V1__Query *message,
                                          struct buffer *ret_packed, struct error *error);
MUST_CHECK int queries_refuse_internal(const Slipway__V1__Query *message, struct buffer *ret_packed,
                                       struct error *error);
