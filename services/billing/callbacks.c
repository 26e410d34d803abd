#include "services/billing/callbacks.h"

#include "lib/base/crash_point.h"
#include "lib/base/log.h"
#include "services/billing/answer.h"
#include "services/billing/callback_message.h"
#include "services/billing/own_command.h"

#include <stdio.h>
#include <string.h>

/* What became of a callback, for the metric. */
enum outcome {
    OUTCOME_SETTLED,
    OUTCOME_KNOWN,
    OUTCOME_IGNORED,
    OUTCOME_UNKNOWN,
    OUTCOME_REFUSED,
    OUTCOME_BROKEN,
    OUTCOME_FAILED,
    OUTCOME_COUNT,
};

static const char *const outcome_names[OUTCOME_COUNT] = {
    "settled", "known", "ignored", "unknown_invoice", "not_authentic", "broken", "failed",
};

struct callbacks {
    struct callbacks_options options;
    struct metric *counters[PROVIDER_BOOK_MAX][OUTCOME_COUNT];
};

/* One callback on its way. */
struct flight {
    struct callbacks *callbacks;
    const struct provider_entry *entry;
    writer_answered_fn answered;
    void *context;
    struct trace trace;
    /* As the callback has it, or as the provider has confirmed it. */
    struct provider_invoice invoice;
    struct deposit_order order;
};

int callbacks_new(const struct callbacks_options *options, struct callbacks **ret_callbacks,
                  struct error *error)
{
    struct callbacks *callbacks = calloc(1, sizeof(*callbacks));
    char labels[96];

    if (callbacks == NULL)
        return error_set(error, FAULT_HARD, "no memory for callbacks");
    callbacks->options = *options;
    for (size_t i = 0; i < options->terms->book->count; ++i) {
        for (size_t outcome = 0; outcome < OUTCOME_COUNT; ++outcome) {
            (void)snprintf(labels, sizeof(labels), "provider=\"%s\",outcome=\"%s\"",
                           options->terms->book->entries[i].provider->name, outcome_names[outcome]);
            callbacks->counters[i][outcome] =
                metrics_counter(options->metrics, "slipway_billing_callbacks_total",
                                "Callbacks of payment providers by what became of them.", labels);
        }
    }
    *ret_callbacks = callbacks;
    return 0;
}

void callbacks_free(struct callbacks *callbacks)
{
    free(callbacks);
}

/* ---- ends ---- */

static void land(struct flight *flight, enum outcome outcome, const Slipway__V1__Answer *answer)
{
    const struct deposit_terms *terms = flight->callbacks->options.terms;
    const size_t index = (size_t)(flight->entry - terms->book->entries);

    metric_add(flight->callbacks->counters[index][outcome], 1);
    flight->answered(flight->context, answer);
    free(flight);
}

static void land_heard(struct flight *flight, enum outcome outcome, const char *status)
{
    CLEANUP(answer_deinit) struct answer answer = {0};
    Slipway__V1__Answer view;

    answer_render_heard(&answer, status);
    view = answer_view(&answer);
    land(flight, outcome, &view);
}

static void land_refused(struct flight *flight, enum outcome outcome, enum problem_code code,
                         const char *detail)
{
    CLEANUP(answer_deinit) struct answer answer = {0};
    Slipway__V1__Answer view;

    answer_render_refusal(&answer, code, detail, flight->trace.request_id);
    view = answer_view(&answer);
    land(flight, outcome, &view);
}

static void land_later(struct flight *flight)
{
    land_refused(flight, OUTCOME_FAILED, PROBLEM_UNAVAILABLE,
                 "It could not be settled; try again.");
}

/* ---- the way ---- */

static void settled(void *context, const Slipway__V1__Answer *answer)
{
    crash_point("billing_callback_settled");
    land(context, answer->status == 200 ? OUTCOME_SETTLED : OUTCOME_FAILED, answer);
}

static void settle(struct flight *flight)
{
    Slipway__V1__Command *command = own_command_settle(
        &flight->order, &flight->invoice, flight->trace.request_id, flight->trace.traceparent);

    if (command != NULL &&
        writer_submit_own(flight->callbacks->options.writer, command, settled, flight) == 0)
        return;
    if (command != NULL)
        slipway__v1__command__free_unpacked(command, NULL);
    land_later(flight);
}

static void confirmed(void *context, int outcome, const struct provider_invoice *invoice,
                      const struct error *error)
{
    struct flight *flight = context;

    if (outcome == 0) {
        flight->invoice = *invoice;
        settle(flight);
        return;
    }
    log_event(LOG_WARNING, &flight->trace, "a provider does not confirm its callback",
              LOG_TEXT("provider", flight->entry->provider->name),
              LOG_NUMBER("deposit_id", flight->order.id), LOG_TEXT("error", error->text));
    if (outcome == PROVIDER_NOT_FOUND)
        land_heard(flight, OUTCOME_UNKNOWN, "ignored");
    else
        land_later(flight);
}

static void confirm(struct flight *flight)
{
    const struct callbacks_options *options = &flight->callbacks->options;
    struct error error = {.text = ""};
    const int result =
        provider_client_ask(options->client, PROVIDER_FIND, &flight->order,
                            options->terms->provider_timeout_ms, confirmed, flight, &error);

    if (result != 0)
        confirmed(flight, result, NULL, &error);
}

/* A payment of which the callback alone does not tell how much it was needs asking too. */
static bool needs_confirmation(const struct flight *flight)
{
    return flight->entry->provider->confirm_callbacks ||
           (flight->invoice.state == PROVIDER_PAID && flight->invoice.paid_cents == 0);
}

static void take_deposit(struct flight *flight, const Slipway__V1__Deposit *deposit)
{
    flight->order = (struct deposit_order){
        .id = (int64_t)deposit->transaction_id,
        .user_id = (int64_t)deposit->user_id,
        .provider = flight->entry->provider,
        .invoice_cents = deposit->amount_cents + deposit->fee_cents,
    };
    (void)snprintf(flight->order.asset, sizeof(flight->order.asset), "%s", deposit->asset);
    (void)snprintf(flight->order.external_id, sizeof(flight->order.external_id), "%s",
                   deposit->external_id);
    /* Its invoice is just being recorded. */
    if (deposit->external_id[0] == '\0')
        land_later(flight);
    else if (strcmp(deposit->status, deposit_status_name(DEPOSIT_COMPLETED)) == 0)
        land_heard(flight, OUTCOME_KNOWN, deposit->status);
    else if (needs_confirmation(flight))
        confirm(flight);
    else
        settle(flight);
}

/* It would be the same however often it came again. */
static void miss_deposit(struct flight *flight)
{
    log_event(LOG_WARNING, &flight->trace, "a callback is about no invoice that we know",
              LOG_TEXT("provider", flight->entry->provider->name),
              LOG_TEXT("external_id", flight->invoice.external_id),
              LOG_TEXT("reference", flight->invoice.reference));
    land_heard(flight, OUTCOME_UNKNOWN, "ignored");
}

static void found(void *context, const void *answer, size_t length)
{
    struct flight *flight = context;
    Slipway__V1__QueryResult *result = slipway__v1__query_result__unpack(NULL, length, answer);

    if (result != NULL && result->answer_case == SLIPWAY__V1__QUERY_RESULT__ANSWER_DEPOSIT)
        take_deposit(flight, result->deposit);
    else if (result != NULL && result->answer_case == SLIPWAY__V1__QUERY_RESULT__ANSWER_NOT_FOUND)
        miss_deposit(flight);
    else
        land_later(flight);
    if (result != NULL)
        slipway__v1__query_result__free_unpacked(result, NULL);
}

static int ask_for_deposit(struct flight *flight)
{
    Slipway__V1__Query *query = own_query_deposit(flight->entry->provider->name, &flight->invoice,
                                                  flight->trace.request_id);
    int refusal = READER_BUSY;

    if (query != NULL)
        refusal = reader_submit(flight->callbacks->options.reader, query, found, flight);
    if (query != NULL && refusal != 0)
        slipway__v1__query__free_unpacked(query, NULL);
    return refusal;
}

static void judge(struct flight *flight, const Slipway__V1__ProviderCallback *message)
{
    struct error error = {.text = ""};
    const int result = callback_message_read(message, flight->entry, &flight->invoice, &error);

    if (result == PROVIDER_NOT_AUTHENTIC) {
        land_refused(flight, OUTCOME_REFUSED, PROBLEM_SIGNATURE_INVALID,
                     "The callback's signature is missing or wrong.");
    } else if (result == PROVIDER_IGNORED) {
        land_heard(flight, OUTCOME_IGNORED, "ignored");
    } else if (result != 0) {
        log_event(LOG_WARNING, &flight->trace, "a callback can't be read",
                  LOG_TEXT("provider", flight->entry->provider->name),
                  LOG_TEXT("error", error.text));
        land_refused(flight, OUTCOME_BROKEN, PROBLEM_INVALID_REQUEST,
                     "The callback is not what this provider sends.");
    } else if (ask_for_deposit(flight) != 0) {
        land_later(flight);
    }
}

/* Without a provider there is nothing to count or to judge by. */
static void refuse(const Slipway__V1__Command *command, enum problem_code code, const char *detail,
                   writer_answered_fn answered, void *context)
{
    CLEANUP(answer_deinit) struct answer answer = {0};
    Slipway__V1__Answer view;

    answer_render_refusal(&answer, code, detail, command->request_id);
    view = answer_view(&answer);
    answered(context, &view);
}

static void take(struct callbacks *callbacks, const Slipway__V1__Command *command,
                 writer_answered_fn answered, void *context)
{
    const Slipway__V1__ProviderCallback *message = command->provider_callback;
    const struct provider_entry *entry =
        provider_book_find(callbacks->options.terms->book, message->provider);
    struct flight *flight;

    if (entry == NULL || !provider_entry_is_available(entry)) {
        refuse(command, PROBLEM_NOT_FOUND, "There is no such resource.", answered, context);
        return;
    }
    if (message->body.len > CALLBACK_BODY_MAX) {
        refuse(command, PROBLEM_BODY_TOO_LARGE, "A callback is at most 256 KiB.", answered,
               context);
        return;
    }
    flight = calloc(1, sizeof(*flight));
    if (flight == NULL) {
        refuse(command, PROBLEM_UNAVAILABLE, "Billing is busy; try again.", answered, context);
        return;
    }
    flight->callbacks = callbacks;
    flight->entry = entry;
    flight->answered = answered;
    flight->context = context;
    trace_begin(command->traceparent, command->request_id, &flight->trace);
    judge(flight, message);
}

int callbacks_take(struct callbacks *callbacks, Slipway__V1__Command *command,
                   writer_answered_fn answered, void *context)
{
    take(callbacks, command, answered, context);
    slipway__v1__command__free_unpacked(command, NULL);
    return 0;
}
