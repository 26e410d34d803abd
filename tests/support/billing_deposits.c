#include "tests/support/billing_deposits.h"

#include "services/billing/own_command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* One call and who waits for it. */
struct billing_waiting {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool done;
    struct billing_opened opened;
};

#define CALL                                                                                       \
    {                                                                                              \
        .mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER                    \
    }

static void copy_answer(const Slipway__V1__Answer *answer, struct billing_reply *reply)
{
    reply->status = answer->status;
    reply->replayed = answer->replayed;
    reply->retry_after_s = answer->retry_after_s;
    if (answer->body.len < sizeof(reply->body)) {
        if (answer->body.len > 0)
            memcpy(reply->body, answer->body.data, answer->body.len);
        reply->body[answer->body.len] = '\0';
    }
}

static void finish(struct billing_waiting *call)
{
    (void)pthread_mutex_lock(&call->mutex);
    call->done = true;
    (void)pthread_cond_signal(&call->changed);
    (void)pthread_mutex_unlock(&call->mutex);
}

static void await(struct billing_waiting *call)
{
    (void)pthread_mutex_lock(&call->mutex);
    while (!call->done)
        (void)pthread_cond_wait(&call->changed, &call->mutex);
    (void)pthread_mutex_unlock(&call->mutex);
}

static void answered(void *context, const Slipway__V1__Answer *answer)
{
    struct billing_waiting *call = context;

    copy_answer(answer, &call->opened.reply);
    finish(call);
}

static void opened(void *context, const Slipway__V1__Answer *answer,
                   const struct deposit_order *order)
{
    struct billing_waiting *call = context;

    copy_answer(answer, &call->opened.reply);
    call->opened.has_order = order != NULL;
    if (order != NULL)
        call->opened.order = *order;
    finish(call);
}

static Slipway__V1__Command *make_open(uint64_t user_id, const char *key, int64_t amount_cents)
{
    char fingerprint[32];
    Slipway__V1__Command *command;

    (void)snprintf(fingerprint, sizeof(fingerprint), "%" PRId64, amount_cents);
    command = billing_command(user_id, key, fingerprint);
    command->principal->role = SLIPWAY__V1__ROLE__ROLE_RESELLER;
    command->principal->user_id = user_id;
    command->open_deposit = malloc(sizeof(*command->open_deposit));
    assert_non_null(command->open_deposit);
    slipway__v1__open_deposit__init(command->open_deposit);
    command->open_deposit->provider = strdup("cryptobot");
    command->open_deposit->asset = strdup("USDT");
    command->open_deposit->amount_cents = amount_cents;
    command->action_case = SLIPWAY__V1__COMMAND__ACTION_OPEN_DEPOSIT;
    return command;
}

struct billing_opened billing_open(struct billing_writer *writer, uint64_t user_id, const char *key,
                                   int64_t amount_cents)
{
    struct billing_waiting call = CALL;

    assert_int_equal(
        writer_submit_deposit(writer->writer, make_open(user_id, key, amount_cents), opened, &call),
        0);
    await(&call);
    return call.opened;
}

struct billing_waiting *billing_deposit_begin(struct invoicer *invoicer, uint64_t user_id,
                                              const char *key, int64_t amount_cents)
{
    const struct billing_waiting fresh = CALL;
    struct billing_waiting *call = malloc(sizeof(*call));

    assert_non_null(call);
    *call = fresh;
    assert_int_equal(invoicer_open(invoicer, make_open(user_id, key, amount_cents), answered, call),
                     0);
    return call;
}

struct billing_reply billing_deposit_end(struct billing_waiting *waiting)
{
    struct billing_reply reply;

    await(waiting);
    reply = waiting->opened.reply;
    free(waiting);
    return reply;
}

struct billing_reply billing_deposit(struct invoicer *invoicer, uint64_t user_id, const char *key,
                                     int64_t amount_cents)
{
    return billing_deposit_end(billing_deposit_begin(invoicer, user_id, key, amount_cents));
}

static struct billing_reply ask_own(struct billing_writer *writer, Slipway__V1__Command *command)
{
    struct billing_waiting call = CALL;

    assert_non_null(command);
    assert_int_equal(writer_submit_own(writer->writer, command, answered, &call), 0);
    await(&call);
    return call.opened.reply;
}

struct billing_reply billing_record(struct billing_writer *writer,
                                    const struct deposit_order *order, const char *external_id)
{
    struct provider_invoice invoice = {.state = PROVIDER_OPEN,
                                       .pay_url = "https://pay.example/1",
                                       .expires_at_us =
                                           clock_now_us(NULL) + INT64_C(3600) * 1000000};

    (void)snprintf(invoice.external_id, sizeof(invoice.external_id), "%s", external_id);
    return ask_own(writer,
                   own_command_record(order, &invoice,
                                      SLIPWAY__V1__INVOICE_FAILURE__INVOICE_FAILURE_UNSPECIFIED,
                                      "01TEST", ""));
}

struct billing_reply billing_record_failure(struct billing_writer *writer,
                                            const struct deposit_order *order,
                                            Slipway__V1__InvoiceFailure failure)
{
    return ask_own(writer, own_command_record(order, NULL, failure, "01TEST", ""));
}

struct billing_reply billing_settle(struct billing_writer *writer,
                                    const struct deposit_order *order, enum provider_state state,
                                    int64_t paid_cents)
{
    const struct provider_invoice invoice = {.state = state, .paid_cents = paid_cents};

    return ask_own(writer, own_command_settle(order, &invoice, "01TEST", ""));
}

struct billing_reply billing_mark(struct billing_writer *writer, int64_t deposit_id, bool completed)
{
    Slipway__V1__Command *command = billing_command(0, NULL, NULL);

    command->mark_deposit = malloc(sizeof(*command->mark_deposit));
    assert_non_null(command->mark_deposit);
    slipway__v1__mark_deposit__init(command->mark_deposit);
    command->mark_deposit->deposit_id = (uint64_t)deposit_id;
    command->mark_deposit->completed = completed;
    command->action_case = SLIPWAY__V1__COMMAND__ACTION_MARK_DEPOSIT;
    return billing_ask(writer, command);
}

struct deposit_order billing_pending(struct billing_writer *writer, uint64_t user_id,
                                     const char *key, int64_t amount_cents)
{
    struct billing_opened opened_deposit = billing_open(writer, user_id, key, amount_cents);

    assert_true(opened_deposit.has_order);
    assert_int_equal(billing_record(writer, &opened_deposit.order, key).status, 201);
    (void)snprintf(opened_deposit.order.external_id, sizeof(opened_deposit.order.external_id), "%s",
                   key);
    return opened_deposit.order;
}
