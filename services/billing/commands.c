#include "services/billing/commands.h"

#include "services/billing/operator_act.h"

#include <string.h>

static const struct command_kind kinds[] = {
    {
     .action = SLIPWAY__V1__COMMAND__ACTION_PURCHASE,
     .name = "purchase",
     .want = purchase_want,
     .decide = purchase_decide,
     .needs_wallet = true,
     .refuses_banned = true,
     },
    {
     .action = SLIPWAY__V1__COMMAND__ACTION_ADJUST_BALANCE,
     .name = "adjust_balance",
     .want = adjust_balance_want,
     .decide = adjust_balance_decide,
     .operator_only = true,
     .needs_wallet = true,
     },
    {
     .action = SLIPWAY__V1__COMMAND__ACTION_BAN_USER,
     .name = "ban_user",
     .want = ban_user_want,
     .decide = ban_user_decide,
     .operator_only = true,
     .needs_wallet = true,
     },
    {
     .action = SLIPWAY__V1__COMMAND__ACTION_CREATE_USER,
     .name = "create_user",
     .want = create_user_want,
     .decide = create_user_decide,
     .operator_only = true,
     },
    {
     .action = SLIPWAY__V1__COMMAND__ACTION_ISSUE_KEY,
     .name = "issue_key",
     .want = issue_key_want,
     .decide = issue_key_decide,
     .operator_only = true,
     },
    {
     .action = SLIPWAY__V1__COMMAND__ACTION_REVOKE_KEY,
     .name = "revoke_key",
     .want = revoke_key_want,
     .decide = revoke_key_decide,
     .operator_only = true,
     },
    {
     .action = SLIPWAY__V1__COMMAND__ACTION_RENEW,
     .name = "renew",
     .want = renew_want,
     .decide = renew_decide,
     .needs_wallet = true,
     .refuses_banned = true,
     },
    {
     .action = SLIPWAY__V1__COMMAND__ACTION_ADVANCE,
     .name = "advance",
     .want = advance_want,
     .decide = advance_decide,
     .needs_wallet = true,
     .is_own = true,
     },
    {
     .action = SLIPWAY__V1__COMMAND__ACTION_REPAIR,
     .name = "repair",
     .want = repair_want,
     .decide = repair_decide,
     .is_own = true,
     },
    {
     .action = SLIPWAY__V1__COMMAND__ACTION_OPEN_DEPOSIT,
     .name = "open_deposit",
     .want = open_deposit_want,
     .decide = open_deposit_decide,
     .needs_wallet = true,
     .refuses_banned = true,
     .opens = true,
     },
    {
     .action = SLIPWAY__V1__COMMAND__ACTION_RECORD_INVOICE,
     .name = "record_invoice",
     .want = record_invoice_want,
     .decide = record_invoice_decide,
     .is_own = true,
     },
    {
     .action = SLIPWAY__V1__COMMAND__ACTION_SETTLE_DEPOSIT,
     .name = "settle_deposit",
     .want = settle_deposit_want,
     .decide = settle_deposit_decide,
     .is_own = true,
     },
    {
     .action = SLIPWAY__V1__COMMAND__ACTION_MARK_DEPOSIT,
     .name = "mark_deposit",
     .want = mark_deposit_want,
     .decide = mark_deposit_decide,
     .operator_only = true,
     },
    {
     .action = SLIPWAY__V1__COMMAND__ACTION_POWER,
     .name = "power",
     .want = power_want,
     .decide = power_decide,
     },
    {
     .action = SLIPWAY__V1__COMMAND__ACTION_REINSTALL,
     .name = "reinstall",
     .want = reinstall_want,
     .decide = reinstall_decide,
     },
    {
     .action = SLIPWAY__V1__COMMAND__ACTION_ROTATE_PASSWORD,
     .name = "rotate_password",
     .want = password_want,
     .decide = password_decide,
     },
    {
     .action = SLIPWAY__V1__COMMAND__ACTION_DELETE,
     .name = "delete",
     .want = delete_want,
     .decide = delete_decide,
     },
};

const struct command_kind *commands_find(Slipway__V1__Command__ActionCase action)
{
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); ++i)
        if (kinds[i].action == action)
            return &kinds[i];
    return NULL;
}

void commands_want(struct batch *batch, const struct job *job)
{
    if (job->result != NULL) {
        result_want(batch, job);
        return;
    }
    pg_array_push_number(batch->wants.key_prefixes, idempotency_prefix(job->key.hash));
    if (job->kind == NULL)
        return;
    if (job->kind->needs_wallet)
        pg_array_push_number(batch->wants.user_ids, (int64_t)job->command->user_id);
    job->kind->want(batch, job);
}

static int refuse(struct job *job, enum problem_code code, const char *detail)
{
    answer_render_refusal(&job->answer, code, detail, job_request_id(job));
    return 0;
}

/* The tenant rule once more, so that no mistake of a caller moves another user's money. */
static bool is_foreign(const Slipway__V1__Command *command)
{
    return command->principal->role == SLIPWAY__V1__ROLE__ROLE_RESELLER &&
           command->principal->user_id != command->user_id;
}

static int decide_command(struct batch *batch, struct job *job, struct error *error)
{
    const Slipway__V1__Command *command = job->command;
    const struct command_kind *kind = job->kind;
    const struct wallet *wallet = batch_find_wallet(batch, (int64_t)command->user_id);

    if (kind == NULL || kind->is_own != job->is_own || kind->opens != (job->opened != NULL))
        return refuse(job, PROBLEM_INVALID_REQUEST, "The command names no known action.");
    if (kind->is_own)
        return kind->decide(batch, job, error);
    if (command->principal == NULL ||
        (kind->operator_only && command->principal->role != SLIPWAY__V1__ROLE__ROLE_OPERATOR))
        return refuse(job, PROBLEM_FORBIDDEN_SCOPE, "This is for operators.");
    if (kind->needs_wallet && (wallet == NULL || is_foreign(command)))
        return refuse(job, PROBLEM_NOT_FOUND, "There is no such user.");
    if (kind->refuses_banned && wallet->is_banned)
        return refuse(job, PROBLEM_USER_BANNED, "The user is banned from making changes.");
    return kind->decide(batch, job, error);
}

static const uint8_t *fingerprint_of(const struct job *job)
{
    static const uint8_t none[IDEMPOTENCY_HASH_SIZE];

    return job->command->fingerprint.len == IDEMPOTENCY_HASH_SIZE ? job->command->fingerprint.data
                                                                  : none;
}

static int record(struct batch *batch, const struct job *job, struct error *error)
{
    const Slipway__V1__Answer view = answer_view(&job->answer);
    const size_t length = slipway__v1__answer__get_packed_size(&view);
    CLEANUP(cleanup_free) uint8_t *packed = malloc(length + 1);

    if (packed == NULL || job->answer.body.overflown)
        return error_set(error, FAULT_HARD, "no memory for an answer");
    (void)slipway__v1__answer__pack(&view, packed);
    idempotency_store_push(&batch->writes.records, &(struct idempotency_record){
                                                       .hash = job->key.hash,
                                                       .fingerprint = fingerprint_of(job),
                                                       .answer = packed,
                                                       .answer_length = length,
                                                   });
    return 0;
}

int commands_decide(struct batch *batch, struct job *job, struct error *error)
{
    struct operator_act act;
    int result;

    if (job->result != NULL)
        return result_decide(batch, job, error);
    if (job->mismatch)
        return refuse(job, PROBLEM_IDEMPOTENCY_MISMATCH,
                      "This Idempotency-Key was used for another request.");
    if (job->stored != NULL)
        return 0;
    result = decide_command(batch, job, error);
    if (result != 0)
        return result;
    if (operator_act_describe(job, &act))
        operator_log_store_push(&batch->writes.acts, &act);
    return job->answer.recorded ? record(batch, job, error) : 0;
}

size_t commands_weight(const struct job *job)
{
    const Slipway__V1__Command *command = job->command;

    if (command != NULL && command->action_case == SLIPWAY__V1__COMMAND__ACTION_PURCHASE)
        return command->purchase->n_items;
    if (command != NULL && command->action_case == SLIPWAY__V1__COMMAND__ACTION_RENEW)
        return command->renew->n_items;
    return 1;
}
