/* What the HTTP caller gets, rendered once and stored: success bodies in the shapes of the API,
 * refusals as problem bodies. Pure. */
#pragma once

#include "lib/base/buffer.h"
#include "lib/http/problem.h"
#include "proto/billing.pb-c.h"

#include <stdbool.h>
#include <stdint.h>

struct answer {
    uint32_t status;
    /* "" for none. */
    char location[64];
    struct buffer body;
    uint32_t retry_after_s;
    /* A repeat with the same key gets the same bytes. */
    bool recorded;
};

void answer_deinit(struct answer *answer);

/* Empties it and keeps its memory. */
void answer_reset(struct answer *answer);

/* An item of a bulk purchase that was left out; texts are borrowed. */
struct answer_rejected {
    uint32_t index;
    const char *code;
    const char *detail;
};

/* 202: a batch to watch. `bulk` answers list what was left out, even when it is nothing. */
struct answer_checkout {
    int64_t batch_id;
    uint32_t accepted;
    bool bulk;
    const struct answer_rejected *rejected;
    size_t rejected_count;
};

void answer_render_checkout(struct answer *answer, const struct answer_checkout *checkout);

/* 202: an order to a machine, and the batch to watch it by, "power:991". */
void answer_render_order(struct answer *answer, const char *batch_name);

/* 200 */
void answer_render_balance(struct answer *answer, int64_t user_id, int64_t balance_cents,
                           int64_t transfer_id);

/* 201; telegram_id 0 is null. */
void answer_render_user(struct answer *answer, int64_t user_id, int64_t telegram_id,
                        const char *name);

/* 201; the key's text is the gateway's to add. */
void answer_render_key(struct answer *answer, int64_t key_id, int64_t created_at_us,
                       const Slipway__V1__IssueKey *key);

/* 200 */
void answer_render_revoked(struct answer *answer, int64_t key_id);

void answer_render_problem(struct answer *answer, const struct problem *problem,
                           const char *request_id);

/* The same for a problem without fields. */
void answer_render_refusal(struct answer *answer, enum problem_code code, const char *detail,
                           const char *request_id);

/* A view of it, borrowed from the answer. */
Slipway__V1__Answer answer_view(const struct answer *answer);
