#include "tests/support/billing_writer.h"

#include "lib/kafka/producer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { HASH_SIZE = 32 };

static void key_changed(void *context, const uint8_t key_hash[32])
{
    struct billing_writer *writer = context;

    (void)key_hash;
    (void)atomic_fetch_add(&writer->told_keys, 1);
}

static void user_changed(void *context, int64_t user_id)
{
    struct billing_writer *writer = context;

    atomic_store(&writer->told_user, user_id);
    (void)atomic_fetch_add(&writer->told_users, 1);
}

static void set_terms(struct billing_writer *writer)
{
    writer->book.count = provider_count;
    for (size_t i = 0; i < provider_count; ++i) {
        const bool is_known = strcmp(providers[i]->name, "cryptobot") == 0;

        writer->book.entries[i] = (struct provider_entry){
            .provider = providers[i],
            .settings = {.base_url = "http://127.0.0.1:1",
                         .token = is_known ? "1000:standin-cryptobot" : "",
                         .secret = "",
                         .account = "",
                         .dialect = "",
                         .callback_url = "",
                         .return_url = ""},
            .lifetime_s = 3600
        };
    }
    writer->terms = (struct deposit_terms){
        .book = &writer->book,
        .referral_basis_points = 500,
        .provider_timeout_ms = 3000,
        .lease_ms = 20000,
        .schedule = {.first_ms = 15000, .longest_ms = 600000},
    };
}

static void note_ended(void *context, const struct writer_outcome *outcome)
{
    struct billing_writer *writer = context;
    const size_t count = atomic_fetch_add(&writer->ended_count, 1);

    if (count < BILLING_ENDED_MAX)
        writer->ended[count] = *outcome;
}

void billing_writer_init(struct billing_writer *writer, const char *conninfo)
{
    billing_writer_init_at(writer, conninfo, NULL);
}

void billing_writer_init_at(struct billing_writer *writer, const char *conninfo,
                            const struct clock *clock)
{
    const struct kafka_producer_options producer = {.brokers = "127.0.0.1:1",
                                                    .client_id = "test",
                                                    .message_timeout_ms = 1000,
                                                    .queue_limit = 100000};
    struct relay_options relay = {.in_flight_limit = 1000};
    struct writer_options options = {
        .conninfo = conninfo,
        .shards = 2,
        .batch_limit = 256,
        .queue_limit = 10000,
        .deadline_ms = 5000,
        .lock_timeout_ms = 1000,
        .grace_days = 7,
        .clock = clock,
        .key_changed = key_changed,
        .user_changed = user_changed,
        .changed_context = writer,
    };
    struct error error = {.text = ""};

    atomic_init(&writer->told_keys, 0);
    atomic_init(&writer->told_users, 0);
    atomic_init(&writer->told_user, 0);
    set_terms(writer);
    options.terms = &writer->terms;
    atomic_init(&writer->ended_count, 0);
    options.batch_ended = note_ended;
    options.batch_ended_context = writer;
    writer->metrics = metrics_new();
    assert_int_equal(kafka_producer_new(&producer, &writer->producer, &error), 0);
    relay.producer = writer->producer;
    relay.event_producer = writer->producer;
    relay.metrics = writer->metrics;
    assert_int_equal(relay_new(&relay, &writer->relay, &error), 0);
    options.relay = writer->relay;
    options.metrics = writer->metrics;
    assert_int_equal(writer_new(&options, &writer->writer, &error), 0);
}

void billing_writer_deinit(struct billing_writer *writer)
{
    writer_free(writer->writer, 1000);
    kafka_producer_free(writer->producer, 0);
    relay_free(writer->relay);
    metrics_free(writer->metrics);
}

static void hash(const char *text, ProtobufCBinaryData *ret_data)
{
    ret_data->data = malloc(HASH_SIZE);
    ret_data->len = HASH_SIZE;
    assert_non_null(ret_data->data);
    (void)crypto_hash_sha256(ret_data->data, (const uint8_t *)text, strlen(text));
}

Slipway__V1__Command *billing_command(uint64_t user_id, const char *key, const char *fingerprint)
{
    Slipway__V1__Command *command = malloc(sizeof(*command));
    Slipway__V1__Principal *principal = malloc(sizeof(*principal));

    assert_non_null(command);
    assert_non_null(principal);
    slipway__v1__command__init(command);
    slipway__v1__principal__init(principal);
    principal->role = SLIPWAY__V1__ROLE__ROLE_OPERATOR;
    command->principal = principal;
    command->user_id = user_id;
    command->request_id = strdup("01TEST");
    if (key != NULL) {
        hash(key, &command->idempotency_hash);
        hash(fingerprint, &command->fingerprint);
    }
    return command;
}

void billing_sign(Slipway__V1__Command *command, uint64_t key_id)
{
    command->principal->key_id = key_id;
}

Slipway__V1__Command *billing_purchase(uint64_t user_id, const char *key, const char *plan_code,
                                       const char *location_code, uint32_t period_months)
{
    Slipway__V1__Command *command = billing_command(user_id, key, plan_code);
    Slipway__V1__PurchaseVps *purchase = malloc(sizeof(*purchase));
    Slipway__V1__PurchaseItem *item = malloc(sizeof(*item));

    assert_non_null(purchase);
    assert_non_null(item);
    slipway__v1__purchase_vps__init(purchase);
    slipway__v1__purchase_item__init(item);
    item->plan_code = strdup(plan_code);
    item->location_code = strdup(location_code);
    item->os_code = strdup("ubuntu-22");
    item->period_months = period_months;
    purchase->items = malloc(sizeof(struct Slipway__V1__PurchaseItem *));
    assert_non_null(purchase->items);
    purchase->items[0] = item;
    purchase->n_items = 1;
    command->action_case = SLIPWAY__V1__COMMAND__ACTION_PURCHASE;
    command->purchase = purchase;
    return command;
}

Slipway__V1__Command *billing_adjustment(uint64_t user_id, const char *key, int64_t amount_cents,
                                         const char *reason)
{
    Slipway__V1__Command *command = billing_command(user_id, key, reason);
    Slipway__V1__AdjustBalance *adjust = malloc(sizeof(*adjust));

    assert_non_null(adjust);
    slipway__v1__adjust_balance__init(adjust);
    adjust->amount_cents = amount_cents;
    adjust->reason = strdup(reason);
    command->action_case = SLIPWAY__V1__COMMAND__ACTION_ADJUST_BALANCE;
    command->adjust_balance = adjust;
    return command;
}

static Slipway__V1__RenewItem *make_renewal(uint64_t vps_id, uint32_t period_months)
{
    Slipway__V1__RenewItem *item = malloc(sizeof(*item));

    assert_non_null(item);
    slipway__v1__renew_item__init(item);
    item->vps_id = vps_id;
    item->period_months = period_months;
    return item;
}

Slipway__V1__Command *billing_renewal(uint64_t user_id, const char *key, const uint64_t *vps_ids,
                                      size_t count, uint32_t period_months)
{
    Slipway__V1__Command *command = billing_command(user_id, key, "renewal");
    Slipway__V1__RenewVps *renew = malloc(sizeof(*renew));

    assert_non_null(renew);
    slipway__v1__renew_vps__init(renew);
    renew->bulk = count != 1;
    renew->n_items = count;
    renew->items = calloc(count + 1, sizeof(struct Slipway__V1__RenewItem *));
    assert_non_null(renew->items);
    for (size_t i = 0; i < count; ++i)
        renew->items[i] = make_renewal(vps_ids[i], period_months);
    command->action_case = SLIPWAY__V1__COMMAND__ACTION_RENEW;
    command->renew = renew;
    return command;
}

/* Counts down the answers that are still open. */
struct wait {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    size_t open;
};

struct call {
    struct wait *wait;
    struct billing_reply *reply;
    int outcome;
    struct writer_outcome *applied;
};

static void count_down(struct wait *wait)
{
    (void)pthread_mutex_lock(&wait->mutex);
    --wait->open;
    (void)pthread_cond_signal(&wait->changed);
    (void)pthread_mutex_unlock(&wait->mutex);
}

static void wait_for_all(struct wait *wait)
{
    (void)pthread_mutex_lock(&wait->mutex);
    while (wait->open > 0)
        (void)pthread_cond_wait(&wait->changed, &wait->mutex);
    (void)pthread_mutex_unlock(&wait->mutex);
}

static void answered(void *context, const Slipway__V1__Answer *answer)
{
    struct call *call = context;
    struct billing_reply *reply = call->reply;

    reply->status = answer->status;
    reply->replayed = answer->replayed;
    reply->retry_after_s = answer->retry_after_s;
    (void)snprintf(reply->location, sizeof(reply->location), "%s", answer->location);
    if (answer->body.len < sizeof(reply->body)) {
        memcpy(reply->body, answer->body.data, answer->body.len);
        reply->body[answer->body.len] = '\0';
    }
    count_down(call->wait);
}

void billing_ask_all(struct billing_writer *writer, Slipway__V1__Command **commands, size_t count,
                     struct billing_reply *ret_replies)
{
    struct wait wait = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, count};
    struct call *calls = calloc(count, sizeof(*calls));

    assert_non_null(calls);
    for (size_t i = 0; i < count; ++i) {
        ret_replies[i] = (struct billing_reply){0};
        calls[i] = (struct call){.wait = &wait, .reply = &ret_replies[i]};
        if (writer_submit(writer->writer, commands[i], answered, &calls[i]) != 0) {
            slipway__v1__command__free_unpacked(commands[i], NULL);
            count_down(&wait);
        }
    }
    wait_for_all(&wait);
    free(calls);
}

struct billing_reply billing_ask(struct billing_writer *writer, Slipway__V1__Command *command)
{
    struct billing_reply reply;

    billing_ask_all(writer, &command, 1, &reply);
    return reply;
}

static void applied(void *context, int outcome, const struct writer_outcome *result,
                    const struct error *error)
{
    struct call *call = context;

    (void)error;
    call->outcome = outcome;
    *call->applied = *result;
    count_down(call->wait);
}

static void set_built(Slipway__V1__MachineResult *result)
{
    result->built = malloc(sizeof(*result->built));
    assert_non_null(result->built);
    slipway__v1__machine_built__init(result->built);
    result->built->machine_uuid = strdup("6f0d9dd6-3bb1-4b0f-8d64-3b0d1b6d1a11");
    result->built->login = strdup("root");
    result->built->port = 22;
    result->built->power_state = SLIPWAY__V1__POWER_STATE__POWER_STATE_RUNNING;
    result->outcome_case = SLIPWAY__V1__MACHINE_RESULT__OUTCOME_BUILT;
}

static void set_failed(Slipway__V1__MachineResult *result)
{
    result->build_failed = malloc(sizeof(*result->build_failed));
    assert_non_null(result->build_failed);
    slipway__v1__build_failed__init(result->build_failed);
    result->build_failed->code = strdup("image_missing");
    result->build_failed->detail = strdup("The image is not there.");
    result->outcome_case = SLIPWAY__V1__MACHINE_RESULT__OUTCOME_BUILD_FAILED;
}

static void set_started(Slipway__V1__MachineResult *result)
{
    result->build_started = malloc(sizeof(*result->build_started));
    assert_non_null(result->build_started);
    slipway__v1__build_started__init(result->build_started);
    result->outcome_case = SLIPWAY__V1__MACHINE_RESULT__OUTCOME_BUILD_STARTED;
}

int billing_tell_result(struct billing_writer *writer, Slipway__V1__MachineResult *result,
                        struct writer_outcome *ret_outcome)
{
    struct wait wait = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 1};
    struct call call = {.wait = &wait, .applied = ret_outcome};

    assert_int_equal(writer_submit_result(writer->writer, result, applied, &call), 0);
    wait_for_all(&wait);
    return call.outcome;
}

int billing_tell(struct billing_writer *writer, uint64_t vps_id, uint64_t sequence,
                 enum billing_build build, struct writer_outcome *ret_outcome)
{
    static void (*const set[])(Slipway__V1__MachineResult *) = {[BILLING_STARTED] = set_started,
                                                                [BILLING_BUILT] = set_built,
                                                                [BILLING_FAILED] = set_failed};
    Slipway__V1__MachineResult *result = malloc(sizeof(*result));

    assert_non_null(result);
    slipway__v1__machine_result__init(result);
    result->vps_id = vps_id;
    result->sequence = sequence;
    result->occurred_at_us = clock_now_us(NULL);
    set[build](result);
    return billing_tell_result(writer, result, ret_outcome);
}

uint64_t billing_user(struct billing_writer *writer, int64_t balance_cents)
{
    Slipway__V1__Command *command = billing_command(0, NULL, NULL);
    Slipway__V1__CreateUser *create = malloc(sizeof(*create));
    struct billing_reply reply;
    uint64_t user_id;

    assert_non_null(create);
    slipway__v1__create_user__init(create);
    create->name = strdup("test");
    command->action_case = SLIPWAY__V1__COMMAND__ACTION_CREATE_USER;
    command->create_user = create;
    reply = billing_ask(writer, command);
    assert_int_equal(reply.status, 201);
    user_id = (uint64_t)billing_body_number(&reply, "id");
    if (balance_cents != 0)
        assert_int_equal(
            billing_ask(writer, billing_adjustment(user_id, NULL, balance_cents, "start")).status,
            200);
    return user_id;
}
