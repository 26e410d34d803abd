/* What the writer can do, one row an action. */
#pragma once

#include "services/billing/batch.h"

struct command_kind {
    Slipway__V1__Command__ActionCase action;
    /* In metrics and in the operators' log. */
    const char *name;
    /* Adds what must be read to the batch's wants. */
    void (*want)(struct batch *batch, const struct job *job);
    /* Decides; the answer goes to job->answer, effects to batch->writes. Must leave no effect
     * behind when it refuses. > 0: BATCH_STOCK_SHORT. < 0: the batch can't go on. */
    int (*decide)(struct batch *batch, struct job *job, struct error *error);
    /* Not for a reseller's key. */
    bool operator_only;
    /* The user's wallet is locked and must exist. */
    bool needs_wallet;
    /* Not for a banned user. */
    bool refuses_banned;
    /* billing's own, that no caller may send: it has no principal. */
    bool is_own;
    /* Answered by what a provider says, so it comes by writer_submit_deposit() only. */
    bool opens;
};

/* NULL: no action that we know. */
const struct command_kind *commands_find(Slipway__V1__Command__ActionCase action);

/* Adds what the job needs to the batch's wants. */
void commands_want(struct batch *batch, const struct job *job);

/* Decides one job after everything was read. */
MUST_CHECK int commands_decide(struct batch *batch, struct job *job, struct error *error);

/* How many rows a job may write, for cutting batches. */
size_t commands_weight(const struct job *job);

/* The actions, one file each. */
void purchase_want(struct batch *batch, const struct job *job);
MUST_CHECK int purchase_decide(struct batch *batch, struct job *job, struct error *error);
void adjust_balance_want(struct batch *batch, const struct job *job);
MUST_CHECK int adjust_balance_decide(struct batch *batch, struct job *job, struct error *error);
void create_user_want(struct batch *batch, const struct job *job);
MUST_CHECK int create_user_decide(struct batch *batch, struct job *job, struct error *error);
void ban_user_want(struct batch *batch, const struct job *job);
MUST_CHECK int ban_user_decide(struct batch *batch, struct job *job, struct error *error);
void issue_key_want(struct batch *batch, const struct job *job);
MUST_CHECK int issue_key_decide(struct batch *batch, struct job *job, struct error *error);
void revoke_key_want(struct batch *batch, const struct job *job);
MUST_CHECK int revoke_key_decide(struct batch *batch, struct job *job, struct error *error);
void renew_want(struct batch *batch, const struct job *job);
MUST_CHECK int renew_decide(struct batch *batch, struct job *job, struct error *error);
void advance_want(struct batch *batch, const struct job *job);
MUST_CHECK int advance_decide(struct batch *batch, struct job *job, struct error *error);
void repair_want(struct batch *batch, const struct job *job);
MUST_CHECK int repair_decide(struct batch *batch, struct job *job, struct error *error);
void open_deposit_want(struct batch *batch, const struct job *job);
MUST_CHECK int open_deposit_decide(struct batch *batch, struct job *job, struct error *error);
void record_invoice_want(struct batch *batch, const struct job *job);
MUST_CHECK int record_invoice_decide(struct batch *batch, struct job *job, struct error *error);
void settle_deposit_want(struct batch *batch, const struct job *job);
MUST_CHECK int settle_deposit_decide(struct batch *batch, struct job *job, struct error *error);
void mark_deposit_want(struct batch *batch, const struct job *job);
MUST_CHECK int mark_deposit_decide(struct batch *batch, struct job *job, struct error *error);

void power_want(struct batch *batch, const struct job *job);
MUST_CHECK int power_decide(struct batch *batch, struct job *job, struct error *error);
void reinstall_want(struct batch *batch, const struct job *job);
MUST_CHECK int reinstall_decide(struct batch *batch, struct job *job, struct error *error);
void password_want(struct batch *batch, const struct job *job);
MUST_CHECK int password_decide(struct batch *batch, struct job *job, struct error *error);
void delete_want(struct batch *batch, const struct job *job);
MUST_CHECK int delete_decide(struct batch *batch, struct job *job, struct error *error);

/* Results of workers. Never refuses: what can't be applied is a fault in job->outcome. */
void result_want(struct batch *batch, const struct job *job);
MUST_CHECK int result_decide(struct batch *batch, struct job *job, struct error *error);
