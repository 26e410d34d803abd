/* What the HTTP caller gets, rendered once and stored: success bodies in the shapes of the API,
 * refusals as problem bodies. Pure. */
#pragma once

#include "lib/base/buffer.h"
#include "lib/http/problem.h"
#include "proto/billing.pb-c.h"
#include "services/billing/deposit.h"

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

/* What became of one renewal. */
struct answer_renewal {
    int64_t vps_id;
    int64_t charged_cents, expires_at_us;
    /* Why it was not made; PROBLEM_NONE: it was. The caller's to problem_deinit(). */
    struct problem problem;
};

/* 200, of one that was made. */
void answer_render_renewal(struct answer *answer, const struct answer_renewal *renewal);

/* 200, in the order of the request; of a refusal with fields the first stands for it. */
void answer_render_renewals(struct answer *answer, const struct answer_renewal *renewals,
                            size_t count);

/* 204: an order of our own was settled, and nobody reads the answer. Not recorded. */
void answer_render_done(struct answer *answer);
/* 202: an order to a machine, and the batch to watch it by, "power:991". */
void answer_render_order(struct answer *answer, const char *batch_name);

/* 200 */
void answer_render_balance(struct answer *answer, int64_t user_id, int64_t balance_cents,
                           int64_t transfer_id);

/* 200 */
void answer_render_ban(struct answer *answer, int64_t user_id, bool is_banned);

/* 201; a telegram_id or referrer_id of 0 is null. */
void answer_render_user(struct answer *answer, int64_t user_id, int64_t referrer_id,
                        const Slipway__V1__CreateUser *user);

/* 201; the key's text is the gateway's to add. */
void answer_render_key(struct answer *answer, int64_t key_id, int64_t created_at_us,
                       const Slipway__V1__IssueKey *key);

/* 200 */
void answer_render_revoked(struct answer *answer, int64_t key_id);

/* A deposit with an invoice: 201 when it was just made, else 200. */
void answer_render_deposit(struct answer *answer, uint32_t status, const struct deposit *deposit);

/* 200: a callback was heard; `status` is what it led to. */
void answer_render_heard(struct answer *answer, const char *status);

void answer_render_problem(struct answer *answer, const struct problem *problem,
                           const char *request_id);

/* The same for a problem without fields. */
void answer_render_refusal(struct answer *answer, enum problem_code code, const char *detail,
                           const char *request_id);

/* A view of it, borrowed from the answer. */
Slipway__V1__Answer answer_view(const struct answer *answer);
