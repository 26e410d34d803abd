#include "services/billing/commands.h"

#include <string.h>

static const int64_t us_per_ms = 1000;
static const int64_t us_per_s = 1000000;

void open_deposit_want(struct batch *batch, const struct job *job)
{
    pg_array_push_bytes(batch->wants.deposits.key_hashes, job->key.hash, sizeof(job->key.hash));
    batch->wants.ids[SEQUENCE_TRANSFER] += 1;
}

/* What the provider is to be asked, instead of an answer: nothing is recorded yet. */
static void order(struct job *job, const struct deposit *deposit)
{
    deposit_order_of(deposit, &job->order);
    job->has_order = true;
}

static void lease(const struct batch *batch, const struct job *job, struct deposit *deposit)
{
    deposit->lease = job->lease;
    deposit->leased_until_us = batch->now_us + batch->terms->lease_ms * us_per_ms;
    deposit->due_at_us = deposit->leased_until_us + deposit_retry_wait_us(deposit->tries);
}

static const uint8_t *fingerprint_of(const struct job *job)
{
    const ProtobufCBinaryData *fingerprint = &job->command->fingerprint;

    return fingerprint->len == DEPOSIT_HASH_SIZE ? fingerprint->data : NULL;
}

static bool is_of_another_request(const struct job *job, const struct deposit *deposit)
{
    const uint8_t *fingerprint = fingerprint_of(job);

    return fingerprint == NULL || deposit->fingerprint == NULL ||
           memcmp(fingerprint, deposit->fingerprint, DEPOSIT_HASH_SIZE) != 0;
}

static void refuse_in_progress(const struct batch *batch, struct job *job,
                               const struct deposit *deposit)
{
    answer_render_refusal(&job->answer, PROBLEM_IDEMPOTENCY_IN_PROGRESS,
                          "A request with this Idempotency-Key is still in work.",
                          job_request_id(job));
    job->answer.retry_after_s =
        (uint32_t)((deposit->leased_until_us - batch->now_us) / us_per_s) + 1;
}

/* A repeat before there was an answer to store: the same row goes on, so that no two invoices come
 * of one request. */
static void resume(struct batch *batch, struct job *job, struct deposit *deposit)
{
    const bool is_mine = deposit->lease == job->lease;

    if (is_of_another_request(job, deposit)) {
        answer_render_refusal(&job->answer, PROBLEM_IDEMPOTENCY_MISMATCH,
                              "This Idempotency-Key was used for another request.",
                              job_request_id(job));
    } else if (deposit->by_operator) {
        answer_render_refusal(&job->answer, PROBLEM_STATE_CONFLICT,
                              "An operator has marked this deposit as failed.",
                              job_request_id(job));
    } else if (!is_mine && deposit->status == DEPOSIT_CREATING &&
               deposit->leased_until_us > batch->now_us) {
        refuse_in_progress(batch, job, deposit);
    } else {
        deposit->tries += !is_mine;
        deposit->status = DEPOSIT_CREATING;
        deposit->failure = "";
        lease(batch, job, deposit);
        deposit->changed = true;
        order(job, deposit);
    }
}

/* An unknown provider takes nothing to wonder about. */
static bool takes_asset(const struct provider_entry *entry, const char *asset)
{
    return strlen(asset) < DEPOSIT_ASSET_SIZE &&
           (entry == NULL || provider_takes_asset(entry->provider, &entry->settings, asset));
}

static void check(const struct provider_entry *entry, const Slipway__V1__OpenDeposit *request,
                  struct problem *problem)
{
    if (entry == NULL)
        (void)problem_add_field(problem, PROBLEM_VALIDATION_FAILED, "unknown_provider", "/provider",
                                "There is no such payment provider.");
    else if (!provider_entry_is_available(entry))
        (void)problem_add_field(problem, PROBLEM_VALIDATION_FAILED, "provider_unavailable",
                                "/provider", "This payment provider is not offered here.");
    if (request->amount_cents < DEPOSIT_LEAST_CENTS || request->amount_cents > DEPOSIT_MOST_CENTS)
        (void)problem_add_field(problem, PROBLEM_VALIDATION_FAILED, "out_of_range", "/amount_usd",
                                "A deposit is 1.00 to 1000.00 USD.");
    if (!takes_asset(entry, request->asset))
        (void)problem_add_field(problem, PROBLEM_VALIDATION_FAILED, "out_of_range", "/asset",
                                "Must be the code of a coin that the provider takes.");
    if (problem->field_count > 0)
        (void)problem_set(problem, PROBLEM_VALIDATION_FAILED, "The request has invalid fields.");
}

static int open_new(struct batch *batch, struct job *job, const struct provider_entry *entry,
                    struct error *error)
{
    const Slipway__V1__OpenDeposit *request = job->command->open_deposit;
    const bool has_key = job->command->idempotency_hash.len == DEPOSIT_HASH_SIZE;
    struct deposit deposit = {
        .id = batch_next_id(batch, SEQUENCE_TRANSFER),
        .user_id = (int64_t)job->command->user_id,
        .provider = entry->provider->name,
        .amount_cents = request->amount_cents,
        .asset = request->asset,
        .external_id = "",
        .pay_url = "",
        .address = "",
        .network = "",
        .memo = "",
        .pay_amount = "",
        .failure = "",
        .key_hash = has_key ? job->key.hash : NULL,
        .fingerprint = has_key ? fingerprint_of(job) : NULL,
        .created_at_us = batch->now_us,
    };

    if (deposit_fee(deposit.amount_cents, entry->settings.fee_basis_points, &deposit.fee_cents))
        return error_set(error, FAULT_HARD, "a deposit's fee does not fit");
    lease(batch, job, &deposit);
    order(job, deposit_rows_add(&batch->deposits, &deposit));
    return 0;
}

int open_deposit_decide(struct batch *batch, struct job *job, struct error *error)
{
    const Slipway__V1__OpenDeposit *request = job->command->open_deposit;
    const struct provider_entry *entry = provider_book_find(batch->terms->book, request->provider);
    struct deposit *opened = deposit_rows_find_key(&batch->deposits, job->key.hash);
    struct problem problem = {0};
    int result = 0;

    if (opened != NULL) {
        resume(batch, job, opened);
        return 0;
    }
    check(entry, request, &problem);
    if (problem.code == PROBLEM_NONE)
        result = open_new(batch, job, entry, error);
    else
        answer_render_problem(&job->answer, &problem, job_request_id(job));
    problem_deinit(&problem);
    return result;
}
