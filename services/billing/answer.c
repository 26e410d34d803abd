#include "services/billing/answer.h"

#include "lib/base/clock.h"
#include "lib/base/money.h"

#include <inttypes.h>
#include <stdio.h>

/* What the caller may do with a 503. */
static const uint32_t unavailable_retry_after_s = 1;

void answer_deinit(struct answer *answer)
{
    buffer_deinit(&answer->body);
}

void answer_reset(struct answer *answer)
{
    answer->status = 0;
    answer->location[0] = '\0';
    buffer_reset(&answer->body);
    answer->retry_after_s = 0;
    answer->recorded = false;
}

static struct buffer *begin(struct answer *answer, uint32_t status)
{
    answer_reset(answer);
    answer->status = status;
    answer->recorded = true;
    return &answer->body;
}

static void append_text(struct buffer *body, const char *name, const char *text)
{
    buffer_append_format(body, "\"%s\":\"", name);
    buffer_append_json_escaped(body, text);
    buffer_append_text(body, "\"");
}

static void append_number_or_null(struct buffer *body, const char *name, int64_t number)
{
    if (number == 0)
        buffer_append_format(body, "\"%s\":null", name);
    else
        buffer_append_format(body, "\"%s\":%" PRId64, name, number);
}

static void append_text_or_null(struct buffer *body, const char *name, const char *text)
{
    if (text[0] == '\0')
        buffer_append_format(body, "\"%s\":null", name);
    else
        append_text(body, name, text);
}

static void append_rejected(struct buffer *body, const struct answer_checkout *checkout)
{
    buffer_append_text(body, ",\"rejected\":[");
    for (size_t i = 0; i < checkout->rejected_count; ++i) {
        const struct answer_rejected *rejected = &checkout->rejected[i];

        buffer_append_format(body, "%s{\"index\":%" PRIu32 ",", i == 0 ? "" : ",", rejected->index);
        append_text(body, "code", rejected->code);
        buffer_append_text(body, ",");
        append_text(body, "detail", rejected->detail);
        buffer_append_text(body, "}");
    }
    buffer_append_text(body, "]");
}

void answer_render_checkout(struct answer *answer, const struct answer_checkout *checkout)
{
    struct buffer *body = begin(answer, 202);

    (void)snprintf(answer->location, sizeof(answer->location),
                   "/hosting/api/v1/batches/checkout:%" PRId64, checkout->batch_id);
    buffer_append_format(body,
                         "{\"batch_id\":\"checkout:%" PRId64 "\",\"accepted\":%" PRIu32
                         ",\"status\":\"pending\"",
                         checkout->batch_id, checkout->accepted);
    if (checkout->bulk)
        append_rejected(body, checkout);
    buffer_append_text(body, "}");
}

static void append_renewal(struct buffer *body, const struct answer_renewal *renewal)
{
    char charged[MONEY_TEXT_SIZE], expires[CLOCK_TEXT_SIZE];

    buffer_append_format(body,
                         "{\"vps_id\":%" PRId64 ",\"charged_usd\":\"%s\",\"expires_at\":\"%s\"}",
                         renewal->vps_id, money_format(renewal->charged_cents, charged),
                         clock_format(renewal->expires_at_us, expires));
}

void answer_render_renewal(struct answer *answer, const struct answer_renewal *renewal)
{
    append_renewal(begin(answer, 200), renewal);
}

static void append_error(struct buffer *body, const struct problem *problem)
{
    const bool has_field = problem->field_count > 0;

    buffer_append_text(body, "{");
    append_text(body, "code", has_field ? problem->fields[0].code : problem_name(problem->code));
    buffer_append_text(body, ",");
    append_text(body, "detail", has_field ? problem->fields[0].detail : problem->detail);
    buffer_append_text(body, "}");
}

void answer_render_renewals(struct answer *answer, const struct answer_renewal *renewals,
                            size_t count)
{
    struct buffer *body = begin(answer, 200);
    size_t failed = 0;

    buffer_append_text(body, "{\"results\":[");
    for (size_t i = 0; i < count; ++i) {
        const bool was_made = renewals[i].problem.code == PROBLEM_NONE;

        buffer_append_format(body, "%s{\"index\":%zu,\"vps_id\":%" PRId64 ",", i == 0 ? "" : ",", i,
                             renewals[i].vps_id);
        buffer_append_text(body, was_made ? "\"ok\":true,\"data\":" : "\"ok\":false,\"error\":");
        if (was_made)
            append_renewal(body, &renewals[i]);
        else
            append_error(body, &renewals[i].problem);
        buffer_append_text(body, "}");
        failed += !was_made;
    }
    buffer_append_format(body, "],\"succeeded\":%zu,\"failed\":%zu}", count - failed, failed);
}

void answer_render_done(struct answer *answer)
{
    (void)begin(answer, 204);
    answer->recorded = false;
}

void answer_render_order(struct answer *answer, const char *batch_name)
{
    struct buffer *body = begin(answer, 202);

    (void)snprintf(answer->location, sizeof(answer->location), "/hosting/api/v1/batches/%s",
                   batch_name);
    buffer_append_text(body, "{");
    append_text(body, "batch_id", batch_name);
    buffer_append_text(body, ",\"accepted\":1,\"status\":\"pending\"}");
}

void answer_render_balance(struct answer *answer, int64_t user_id, int64_t balance_cents,
                           int64_t transfer_id)
{
    char balance[MONEY_TEXT_SIZE];

    buffer_append_format(begin(answer, 200),
                         "{\"user_id\":%" PRId64
                         ",\"balance_usd\":\"%s\",\"transaction_id\":%" PRId64 "}",
                         user_id, money_format(balance_cents, balance), transfer_id);
}

void answer_render_ban(struct answer *answer, int64_t user_id, bool is_banned)
{
    buffer_append_format(begin(answer, 200), "{\"user_id\":%" PRId64 ",\"is_banned\":%s}", user_id,
                         is_banned ? "true" : "false");
}

void answer_render_user(struct answer *answer, int64_t user_id, int64_t referrer_id,
                        const Slipway__V1__CreateUser *user)
{
    struct buffer *body = begin(answer, 201);

    buffer_append_format(body, "{\"id\":%" PRId64 ",", user_id);
    append_number_or_null(body, "telegram_id", user->telegram_id);
    buffer_append_text(body, ",");
    append_text(body, "name", user->name);
    buffer_append_text(body, ",\"balance_usd\":\"0.00\",\"is_banned\":false,");
    append_number_or_null(body, "referrer_id", referrer_id);
    buffer_append_text(body, "}");
}

static void append_texts(struct buffer *body, const char *name, char *const *texts, size_t count)
{
    buffer_append_format(body, "\"%s\":[", name);
    for (size_t i = 0; i < count; ++i) {
        buffer_append_text(body, i == 0 ? "\"" : ",\"");
        buffer_append_json_escaped(body, texts[i]);
        buffer_append_text(body, "\"");
    }
    buffer_append_text(body, "]");
}

static void append_time_or_null(struct buffer *body, const char *name, int64_t time_us)
{
    char time[CLOCK_TEXT_SIZE];

    if (time_us == 0)
        buffer_append_format(body, "\"%s\":null", name);
    else
        append_text(body, name, clock_format(time_us, time));
}

void answer_render_key(struct answer *answer, int64_t key_id, int64_t created_at_us,
                       const Slipway__V1__IssueKey *key)
{
    struct buffer *body = begin(answer, 201);

    buffer_append_format(body, "{\"id\":%" PRId64 ",", key_id);
    append_text(body, "name", key->name);
    buffer_append_format(body, ",\"role\":\"%s\",",
                         key->role == SLIPWAY__V1__ROLE__ROLE_OPERATOR ? "operator" : "reseller");
    append_number_or_null(body, "user_id", (int64_t)key->user_id);
    buffer_append_text(body, ",");
    append_texts(body, "scopes", key->scopes, key->n_scopes);
    buffer_append_text(body, ",");
    append_time_or_null(body, "created_at", created_at_us);
    buffer_append_text(body, ",");
    append_time_or_null(body, "expires_at", key->expires_at_us);
    buffer_append_text(body, ",");
    append_texts(body, "allowed_addresses", key->allowed_addresses, key->n_allowed_addresses);
    buffer_append_text(body, ",");
    append_number_or_null(body, "rate_per_minute", key->rate_per_minute);
    buffer_append_text(body, "}");
}

void answer_render_revoked(struct answer *answer, int64_t key_id)
{
    buffer_append_format(begin(answer, 200), "{\"id\":%" PRId64 ",\"revoked\":true}", key_id);
}

static void append_address(struct buffer *body, const struct deposit *deposit)
{
    buffer_append_text(body, ",");
    append_text(body, "address", deposit->address);
    buffer_append_text(body, ",");
    append_text(body, "network", deposit->network);
    if (deposit->memo[0] != '\0') {
        buffer_append_text(body, ",");
        append_text(body, "memo", deposit->memo);
    }
    buffer_append_text(body, ",");
    append_text(body, "pay_amount", deposit->pay_amount);
}

void answer_render_deposit(struct answer *answer, uint32_t status, const struct deposit *deposit)
{
    struct buffer *body = begin(answer, status);
    char amount[MONEY_TEXT_SIZE], fee[MONEY_TEXT_SIZE], end[CLOCK_TEXT_SIZE];

    buffer_append_text(body, "{");
    append_text(body, "provider", deposit->provider);
    buffer_append_text(body, ",");
    append_text_or_null(body, "external_id", deposit->external_id);
    buffer_append_format(body,
                         ",\"transaction_id\":%" PRId64 ",\"status\":\"%s\",\"amount_usd\":\"%s\","
                         "\"fee_usd\":\"%s\",",
                         deposit->id, deposit_status_name(deposit->status),
                         money_format(deposit->amount_cents, amount),
                         money_format(deposit->fee_cents, fee));
    append_text_or_null(body, "pay_url", deposit->pay_url);
    if (deposit->expires_at_us == 0)
        buffer_append_text(body, ",\"expires_at\":null");
    else
        buffer_append_format(body, ",\"expires_at\":\"%s\"",
                             clock_format(deposit->expires_at_us, end));
    if (deposit->address[0] != '\0')
        append_address(body, deposit);
    buffer_append_text(body, "}");
}

void answer_render_heard(struct answer *answer, const char *status)
{
    buffer_append_format(begin(answer, 200), "{\"status\":\"%s\"}", status);
    answer->recorded = false;
}

/* Business refusals are stored; those about the caller or about us are not. */
static bool is_recorded(enum problem_code code)
{
    return code == PROBLEM_INSUFFICIENT_FUNDS || code == PROBLEM_STATE_CONFLICT ||
           code == PROBLEM_SOLD_OUT || code == PROBLEM_VALIDATION_FAILED;
}

void answer_render_problem(struct answer *answer, const struct problem *problem,
                           const char *request_id)
{
    struct buffer *body = begin(answer, problem_status(problem->code));

    answer->recorded = is_recorded(problem->code);
    if (problem->code == PROBLEM_UNAVAILABLE)
        answer->retry_after_s = unavailable_retry_after_s;
    problem_render(problem, request_id, body);
}

void answer_render_refusal(struct answer *answer, enum problem_code code, const char *detail,
                           const char *request_id)
{
    struct problem problem = {0};

    (void)problem_set(&problem, code, "%s", detail);
    answer_render_problem(answer, &problem, request_id);
    problem_deinit(&problem);
}

Slipway__V1__Answer answer_view(const struct answer *answer)
{
    Slipway__V1__Answer view = SLIPWAY__V1__ANSWER__INIT;
    union {
        const char *held;
        char *lent;
    } location = {.held = answer->location};

    /* protobuf-c has no const members; what is packed or read is never written to. */
    view.status = answer->status;
    view.location = location.lent;
    view.body.data = (uint8_t *)answer->body.data;
    view.body.len = answer->body.length;
    view.retry_after_s = answer->retry_after_s;
    return view;
}
