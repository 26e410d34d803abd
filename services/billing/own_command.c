#include "services/billing/own_command.h"

#include "services/billing/batch.h"

/* An owned copy of what stands on the caller's stack. */
static Slipway__V1__Command *copy(const Slipway__V1__Command *command)
{
    const size_t length = slipway__v1__command__get_packed_size(command);
    CLEANUP(cleanup_free) uint8_t *packed = malloc(length + 1);

    if (packed == NULL)
        return NULL;
    (void)slipway__v1__command__pack(command, packed);
    return slipway__v1__command__unpack(NULL, length, packed);
}

static void begin(const struct deposit_order *order, const char *request_id,
                  const char *traceparent, Slipway__V1__Command *ret_command)
{
    slipway__v1__command__init(ret_command);
    ret_command->user_id = (uint64_t)order->user_id;
    ret_command->request_id = batch_lend(request_id);
    ret_command->traceparent = batch_lend(traceparent);
}

static ProtobufCBinaryData lend_hash(const uint8_t *hash)
{
    union {
        const uint8_t *held;
        uint8_t *lent;
    } pointer = {.held = hash};

    return (ProtobufCBinaryData){DEPOSIT_HASH_SIZE, pointer.lent};
}

static Slipway__V1__InvoiceState state_of(enum provider_state state)
{
    static const Slipway__V1__InvoiceState states[] = {
        [PROVIDER_OPEN] = SLIPWAY__V1__INVOICE_STATE__INVOICE_STATE_OPEN,
        [PROVIDER_PAID] = SLIPWAY__V1__INVOICE_STATE__INVOICE_STATE_PAID,
        [PROVIDER_EXPIRED] = SLIPWAY__V1__INVOICE_STATE__INVOICE_STATE_EXPIRED,
        [PROVIDER_FAILED] = SLIPWAY__V1__INVOICE_STATE__INVOICE_STATE_FAILED,
    };

    return states[state];
}

static void describe(const struct provider_invoice *invoice, Slipway__V1__Invoice *ret_invoice)
{
    slipway__v1__invoice__init(ret_invoice);
    ret_invoice->external_id = batch_lend(invoice->external_id);
    ret_invoice->pay_url = batch_lend(invoice->pay_url);
    ret_invoice->address = batch_lend(invoice->address);
    ret_invoice->network = batch_lend(invoice->network);
    ret_invoice->memo = batch_lend(invoice->memo);
    ret_invoice->pay_amount = batch_lend(invoice->pay_amount);
    ret_invoice->expires_at_us = invoice->expires_at_us;
    ret_invoice->state = state_of(invoice->state);
}

Slipway__V1__Command *own_command_record(const struct deposit_order *order,
                                         const struct provider_invoice *invoice,
                                         Slipway__V1__InvoiceFailure failure,
                                         const char *request_id, const char *traceparent)
{
    Slipway__V1__RecordInvoice action = SLIPWAY__V1__RECORD_INVOICE__INIT;
    Slipway__V1__Invoice described;
    Slipway__V1__Command command;

    begin(order, request_id, traceparent, &command);
    if (order->has_key) {
        command.idempotency_hash = lend_hash(order->key_hash);
        command.fingerprint = lend_hash(order->fingerprint);
    }
    action.deposit_id = (uint64_t)order->id;
    action.lease = order->lease;
    action.failure = failure;
    if (invoice != NULL) {
        describe(invoice, &described);
        action.invoice = &described;
    }
    command.action_case = SLIPWAY__V1__COMMAND__ACTION_RECORD_INVOICE;
    command.record_invoice = &action;
    return copy(&command);
}

Slipway__V1__Command *own_command_settle(const struct deposit_order *order,
                                         const struct provider_invoice *invoice,
                                         const char *request_id, const char *traceparent)
{
    Slipway__V1__SettleDeposit action = SLIPWAY__V1__SETTLE_DEPOSIT__INIT;
    Slipway__V1__Command command;

    begin(order, request_id, traceparent, &command);
    action.deposit_id = (uint64_t)order->id;
    action.state = state_of(invoice->state);
    action.paid_cents = invoice->paid_cents;
    command.action_case = SLIPWAY__V1__COMMAND__ACTION_SETTLE_DEPOSIT;
    command.settle_deposit = &action;
    return copy(&command);
}

Slipway__V1__Query *own_query_deposit(const char *provider, const struct provider_invoice *invoice,
                                      const char *request_id)
{
    Slipway__V1__Principal principal = SLIPWAY__V1__PRINCIPAL__INIT;
    Slipway__V1__GetDeposit question = SLIPWAY__V1__GET_DEPOSIT__INIT;
    Slipway__V1__Query query = SLIPWAY__V1__QUERY__INIT;
    CLEANUP(cleanup_free) uint8_t *packed = NULL;
    size_t length;

    principal.role = SLIPWAY__V1__ROLE__ROLE_OPERATOR;
    question.provider = batch_lend(provider);
    question.external_id = batch_lend(invoice->external_id);
    if (deposit_reference_parse(invoice->reference, &question.transaction_id))
        question.transaction_id = 0;
    query.principal = &principal;
    query.request_id = batch_lend(request_id);
    query.question_case = SLIPWAY__V1__QUERY__QUESTION_GET_DEPOSIT;
    query.get_deposit = &question;
    length = slipway__v1__query__get_packed_size(&query);
    packed = malloc(length + 1);
    if (packed == NULL)
        return NULL;
    (void)slipway__v1__query__pack(&query, packed);
    return slipway__v1__query__unpack(NULL, length, packed);
}
