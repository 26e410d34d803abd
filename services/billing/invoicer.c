#include "services/billing/invoicer.h"

#include "lib/base/crash_point.h"
#include "lib/base/log.h"
#include "services/billing/answer.h"
#include "services/billing/own_command.h"

#include <string.h>

struct invoicer {
    struct invoicer_options options;
};

/* One request on its way to an invoice. */
struct flight {
    struct invoicer *invoicer;
    /* NULL: nobody waits. */
    writer_answered_fn answered;
    void *context;
    struct trace trace;
    struct deposit_order order;
    enum provider_question question;
    int64_t deadline_ms;
};

int invoicer_new(const struct invoicer_options *options, struct invoicer **ret_invoicer,
                 struct error *error)
{
    struct invoicer *invoicer = calloc(1, sizeof(*invoicer));

    if (invoicer == NULL)
        return error_set(error, FAULT_HARD, "no memory for an invoicer");
    invoicer->options = *options;
    *ret_invoicer = invoicer;
    return 0;
}

void invoicer_free(struct invoicer *invoicer)
{
    free(invoicer);
}

static void land(struct flight *flight, const Slipway__V1__Answer *answer)
{
    if (flight->answered != NULL)
        flight->answered(flight->context, answer);
    free(flight);
}

/* The row is left as it is: its lease ends, and then whoever comes goes on. */
static void land_unavailable(struct flight *flight)
{
    CLEANUP(answer_deinit) struct answer answer = {0};
    Slipway__V1__Answer view;

    answer_render_refusal(&answer, PROBLEM_UNAVAILABLE,
                          "The request was not settled in time. Repeat it with the same key.",
                          flight->trace.request_id);
    view = answer_view(&answer);
    land(flight, &view);
}

static void recorded(void *context, const Slipway__V1__Answer *answer)
{
    land(context, answer);
}

/* `invoice` NULL: `failure` says why there is none. */
static void record(struct flight *flight, const struct provider_invoice *invoice,
                   Slipway__V1__InvoiceFailure failure)
{
    Slipway__V1__Command *command = own_command_record(
        &flight->order, invoice, failure, flight->trace.request_id, flight->trace.traceparent);

    crash_point("billing_invoice_made");
    if (command != NULL &&
        writer_submit_own(flight->invoicer->options.writer, command, recorded, flight) == 0)
        return;
    if (command != NULL)
        slipway__v1__command__free_unpacked(command, NULL);
    land_unavailable(flight);
}

static Slipway__V1__InvoiceFailure failure_of(enum provider_question question, int outcome)
{
    /* A refusal to look is none to make. */
    if (outcome == PROVIDER_REFUSED && question == PROVIDER_CREATE)
        return SLIPWAY__V1__INVOICE_FAILURE__INVOICE_FAILURE_REFUSED;
    if (outcome == FAULT_RETRY || outcome == PROVIDER_BUSY)
        return SLIPWAY__V1__INVOICE_FAILURE__INVOICE_FAILURE_NOT_MADE;
    if (outcome == FAULT_UNCERTAIN)
        return SLIPWAY__V1__INVOICE_FAILURE__INVOICE_FAILURE_TIMED_OUT;
    return SLIPWAY__V1__INVOICE_FAILURE__INVOICE_FAILURE_UNCLEAR;
}

static void fail(struct flight *flight, int outcome, const struct error *error)
{
    log_event(LOG_WARNING, &flight->trace, "a provider has made no invoice",
              LOG_NUMBER("deposit_id", flight->order.id),
              LOG_TEXT("provider", flight->order.provider->name),
              LOG_TEXT("fault", outcome < 0 ? fault_name(outcome) : "refused"),
              LOG_TEXT("error", error->text));
    record(flight, NULL, failure_of(flight->question, outcome));
}

static void ask(struct flight *flight, enum provider_question question);

static void told(void *context, int outcome, const struct provider_invoice *invoice,
                 const struct error *error)
{
    struct flight *flight = context;

    if (outcome == 0)
        record(flight, invoice, SLIPWAY__V1__INVOICE_FAILURE__INVOICE_FAILURE_UNSPECIFIED);
    else if (outcome == PROVIDER_NOT_FOUND && flight->question == PROVIDER_FIND)
        ask(flight, PROVIDER_CREATE);
    else
        fail(flight, outcome, error);
}

/* Time is up before anything was sent. */
static int refuse_late(struct error *error)
{
    return error_set(error, FAULT_RETRY, "no time is left to ask the provider");
}

static void ask(struct flight *flight, enum provider_question question)
{
    const int64_t left_ms = flight->deadline_ms - clock_monotonic_ms();
    struct error error = {.text = ""};
    int result;

    flight->question = question;
    result = left_ms <= 0 ? refuse_late(&error)
                          : provider_client_ask(flight->invoicer->options.client, question,
                                                &flight->order, left_ms, told, flight, &error);
    if (result != 0)
        fail(flight, result, &error);
}

/* What was asked for before may have been made: only a first try asks for it at once. */
static void begin(struct flight *flight, const struct deposit_order *order)
{
    crash_point("billing_deposit_opened");
    flight->order = *order;
    ask(flight, order->tries > 0 ? PROVIDER_FIND : PROVIDER_CREATE);
}

static void opened(void *context, const Slipway__V1__Answer *answer,
                   const struct deposit_order *order)
{
    struct flight *flight = context;

    if (order == NULL)
        land(flight, answer);
    else
        begin(flight, order);
}

static struct flight *flight_new(struct invoicer *invoicer)
{
    struct flight *flight = calloc(1, sizeof(*flight));

    if (flight == NULL)
        return NULL;
    flight->invoicer = invoicer;
    flight->deadline_ms = clock_monotonic_ms() + invoicer->options.terms->provider_timeout_ms;
    return flight;
}

int invoicer_open(struct invoicer *invoicer, Slipway__V1__Command *command,
                  writer_answered_fn answered, void *context)
{
    struct flight *flight = flight_new(invoicer);
    int refusal;

    if (flight == NULL)
        return WRITER_BUSY;
    flight->answered = answered;
    flight->context = context;
    trace_begin(command->traceparent, command->request_id, &flight->trace);
    refusal = writer_submit_deposit(invoicer->options.writer, command, opened, flight);
    if (refusal != 0)
        free(flight);
    return refusal;
}

void invoicer_resume(struct invoicer *invoicer, const struct deposit_order *order)
{
    struct flight *flight = flight_new(invoicer);

    if (flight == NULL)
        return;
    trace_begin(NULL, NULL, &flight->trace);
    begin(flight, order);
}
