#include "services/billing/batch.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void job_free(struct job *job)
{
    if (job == NULL)
        return;
    if (job->command != NULL)
        slipway__v1__command__free_unpacked(job->command, NULL);
    if (job->result != NULL)
        slipway__v1__machine_result__free_unpacked(job->result, NULL);
    if (job->stored != NULL)
        slipway__v1__answer__free_unpacked(job->stored, NULL);
    answer_deinit(&job->answer);
    free(job);
}

void job_reset(struct job *job)
{
    answer_reset(&job->answer);
    if (job->stored != NULL)
        slipway__v1__answer__free_unpacked(TAKE(job->stored), NULL);
    job->mismatch = false;
    job->note = (struct act_note){0};
    job->outcome = 0;
    job->effect = (struct writer_outcome){0};
    job->has_order = false;
}

const char *job_request_id(const struct job *job)
{
    return job->command != NULL ? job->command->request_id : "";
}

static bool wants_init(struct batch_wants *wants)
{
    struct {
        struct pg_array **array;
        enum pg_array_type type;
    } const arrays[] = {
        {&wants->user_ids,         PG_ARRAY_I64  },
        {&wants->key_prefixes,     PG_ARRAY_I64  },
        {&wants->vps_ids,          PG_ARRAY_I64  },
        {&wants->left_vps_ids,     PG_ARRAY_I64  },
        {&wants->built_vps_ids,    PG_ARRAY_I64  },
        {&wants->operated_vps_ids, PG_ARRAY_I64  },
        {&wants->named_vps_ids,    PG_ARRAY_I64  },
        {&wants->named_sequences,  PG_ARRAY_I64  },
        {&wants->ordered_vps_ids,  PG_ARRAY_I64  },
        {&wants->location_codes,   PG_ARRAY_TEXT },
        {&wants->location_counts,  PG_ARRAY_I64  },
        {&wants->refilled_codes,   PG_ARRAY_TEXT },
        {&wants->recalled_codes,   PG_ARRAY_TEXT },
        {&wants->named_users,      PG_ARRAY_I64  },
        {&wants->telegram_ids,     PG_ARRAY_I64  },
        {&wants->referral_codes,   PG_ARRAY_TEXT },
        {&wants->key_ids,          PG_ARRAY_I64  },
        {&wants->key_hashes,       PG_ARRAY_BYTES},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(arrays); ++i) {
        *arrays[i].array = pg_array_new(arrays[i].type);
        if (*arrays[i].array == NULL)
            return true;
    }
    return deposit_wants_init(&wants->deposits);
}

static void wants_deinit(struct batch_wants *wants)
{
    pg_array_free(wants->user_ids);
    pg_array_free(wants->key_prefixes);
    pg_array_free(wants->vps_ids);
    pg_array_free(wants->left_vps_ids);
    pg_array_free(wants->built_vps_ids);
    pg_array_free(wants->operated_vps_ids);
    pg_array_free(wants->named_vps_ids);
    pg_array_free(wants->named_sequences);
    pg_array_free(wants->ordered_vps_ids);
    pg_array_free(wants->location_codes);
    pg_array_free(wants->location_counts);
    pg_array_free(wants->refilled_codes);
    pg_array_free(wants->recalled_codes);
    pg_array_free(wants->named_users);
    pg_array_free(wants->telegram_ids);
    pg_array_free(wants->referral_codes);
    pg_array_free(wants->key_ids);
    pg_array_free(wants->key_hashes);
    deposit_wants_deinit(&wants->deposits);
    free(wants->location_items);
}

static void wants_reset(struct batch_wants *wants)
{
    pg_array_reset(wants->user_ids);
    pg_array_reset(wants->key_prefixes);
    pg_array_reset(wants->vps_ids);
    pg_array_reset(wants->left_vps_ids);
    pg_array_reset(wants->built_vps_ids);
    pg_array_reset(wants->operated_vps_ids);
    pg_array_reset(wants->named_vps_ids);
    pg_array_reset(wants->named_sequences);
    pg_array_reset(wants->ordered_vps_ids);
    pg_array_reset(wants->location_codes);
    pg_array_reset(wants->location_counts);
    pg_array_reset(wants->refilled_codes);
    pg_array_reset(wants->recalled_codes);
    pg_array_reset(wants->named_users);
    pg_array_reset(wants->telegram_ids);
    pg_array_reset(wants->referral_codes);
    pg_array_reset(wants->key_ids);
    pg_array_reset(wants->key_hashes);
    deposit_wants_reset(&wants->deposits);
    free(TAKE(wants->location_items));
    wants->registers = false;
    memset(wants->ids, 0, sizeof(wants->ids));
}

static bool writes_init(struct batch_writes *writes)
{
    writes->acknowledged = pg_array_new(PG_ARRAY_I64);
    return writes->acknowledged == NULL || wallet_store_init_moves(&writes->moves) ||
           ledger_store_init(&writes->transfers) || vps_store_init_orders(&writes->orders) ||
           vps_store_init_batches(&writes->batches) || idempotency_store_init(&writes->records) ||
           vps_store_init_changes(&writes->changes) || placement_store_init(&writes->placement) ||
           register_store_init(&writes->registered) || operation_store_init(&writes->operations) ||
           operator_log_store_init(&writes->acts) || deposit_store_init(&writes->deposits);
}

static void writes_deinit(struct batch_writes *writes)
{
    columns_deinit(&writes->moves);
    columns_deinit(&writes->transfers);
    columns_deinit(&writes->orders);
    columns_deinit(&writes->batches);
    columns_deinit(&writes->records);
    columns_deinit(&writes->changes);
    columns_deinit(&writes->acts);
    placement_store_deinit(&writes->placement);
    register_store_deinit(&writes->registered);
    operation_store_deinit(&writes->operations);
    deposit_store_deinit(&writes->deposits);
    free(writes->ended);
    buffer_deinit(&writes->outbox);
    pg_array_free(writes->acknowledged);
}

static void writes_reset(struct batch_writes *writes)
{
    columns_reset(&writes->moves);
    columns_reset(&writes->transfers);
    columns_reset(&writes->orders);
    columns_reset(&writes->batches);
    columns_reset(&writes->records);
    columns_reset(&writes->changes);
    columns_reset(&writes->acts);
    placement_store_reset(&writes->placement);
    register_store_reset(&writes->registered);
    operation_store_reset(&writes->operations);
    deposit_store_reset(&writes->deposits);
    writes->ended_count = 0;
    buffer_reset(&writes->outbox);
    writes->outbox_id = 0;
}

/* Drops what a run has read. */
static void forget(struct batch *batch)
{
    free(TAKE(batch->wallets));
    free(TAKE(batch->machines));
    free(TAKE(batch->checkouts));
    pg_rows_free(TAKE(batch->machine_rows));
    placement_rows_deinit(&batch->placement);
    register_rows_deinit(&batch->registered);
    operation_rows_deinit(&batch->operations);
    deposit_rows_deinit(&batch->deposits);
    for (size_t i = 0; i < SEQUENCE_COUNT; ++i)
        pg_rows_free(TAKE(batch->ids[i].rows));
    memset(batch->ids, 0, sizeof(batch->ids));
    batch->wallet_count = 0;
    batch->machine_count = 0;
    batch->checkout_count = 0;
}

bool batch_init(struct batch *batch, int64_t shard, int64_t grace_us,
                const struct deposit_terms *terms)
{
    *batch = (struct batch){.shard = shard, .grace_us = grace_us, .terms = terms};
    return wants_init(&batch->wants) || writes_init(&batch->writes);
}

void batch_deinit(struct batch *batch)
{
    forget(batch);
    wants_deinit(&batch->wants);
    writes_deinit(&batch->writes);
}

bool batch_begin(struct batch *batch, struct job **jobs, size_t count,
                 const struct catalog *catalog, struct batch_reach *reaches, int64_t now_us)
{
    forget(batch);
    wants_reset(&batch->wants);
    writes_reset(&batch->writes);
    for (int kind = 0; kind < LEDGER_SYSTEM_COUNT; ++kind)
        batch->system[kind] =
            (struct ledger_account){.id = ledger_system_id(batch->shard, (enum ledger_system)kind)};
    for (size_t i = 0; i < count; ++i)
        job_reset(jobs[i]);
    batch->jobs = jobs;
    batch->job_count = count;
    batch->catalog = catalog;
    batch->reaches = reaches;
    batch->now_us = now_us;
    batch->now_text[0] = '\0';
    batch->wants.location_items =
        calloc(catalog->location_count + 1, sizeof(*batch->wants.location_items));
    return batch->wants.location_items == NULL;
}

static int compare_ids(int64_t left, int64_t right)
{
    return (left > right) - (left < right);
}

static int compare_wallet(const void *key, const void *item)
{
    return compare_ids(*(const int64_t *)key, ((const struct wallet *)item)->account.id);
}

static int compare_machine(const void *key, const void *item)
{
    return compare_ids(*(const int64_t *)key, ((const struct machine *)item)->id);
}

static int compare_checkout(const void *key, const void *item)
{
    return compare_ids(*(const int64_t *)key, ((const struct checkout *)item)->id);
}

struct wallet *batch_find_wallet(const struct batch *batch, int64_t user_id)
{
    return batch->wallet_count == 0 ? NULL
                                    : bsearch(&user_id, batch->wallets, batch->wallet_count,
                                              sizeof(*batch->wallets), compare_wallet);
}

struct machine *batch_find_machine(const struct batch *batch, int64_t vps_id)
{
    return batch->machine_count == 0 ? NULL
                                     : bsearch(&vps_id, batch->machines, batch->machine_count,
                                               sizeof(*batch->machines), compare_machine);
}

struct checkout *batch_find_checkout(const struct batch *batch, int64_t batch_id)
{
    return batch->checkout_count == 0 ? NULL
                                      : bsearch(&batch_id, batch->checkouts, batch->checkout_count,
                                                sizeof(*batch->checkouts), compare_checkout);
}

bool batch_reach_further(struct batch *batch, size_t location)
{
    static const int64_t scarce_ms = 1000;
    struct batch_reach *reach = &batch->reaches[location];

    if (reach->reach == PLACEMENT_RECALL)
        return false;
    ++reach->reach;
    if (reach->reach == PLACEMENT_RECALL)
        reach->scarce_until_ms = clock_monotonic_ms() + scarce_ms;
    return true;
}

int64_t batch_next_id(struct batch *batch, enum sequence sequence)
{
    struct batch_ids *ids = &batch->ids[sequence];

    assert(ids->rows != NULL && ids->next < pg_rows_count(ids->rows));
    return pg_rows_i64(ids->rows, ids->next++, 0);
}

const char *batch_now_text(struct batch *batch)
{
    if (batch->now_text[0] == '\0')
        (void)clock_format(batch->now_us, batch->now_text);
    return batch->now_text;
}

int64_t batch_outbox_id(struct batch *batch)
{
    if (batch->writes.outbox_id == 0)
        batch->writes.outbox_id = batch_next_id(batch, SEQUENCE_OUTBOX);
    return batch->writes.outbox_id;
}

void batch_want_location(struct batch *batch, const char *code, int64_t count)
{
    const struct catalog_location *location = catalog_find_location(batch->catalog, code);

    if (location != NULL)
        batch->wants.location_items[location - batch->catalog->locations] += count;
}

int batch_move(struct batch *batch, const struct batch_movement *movement, int64_t *ret_id)
{
    struct ledger_transfer transfer = movement->transfer;
    int refusal;

    if (movement->amount_cents == 0)
        return 0;
    refusal =
        ledger_move(movement->debit, movement->credit, movement->amount_cents, movement->rule);
    if (refusal != 0)
        return refusal;
    if (transfer.id == 0)
        transfer.id = batch_next_id(batch, SEQUENCE_TRANSFER);
    transfer.debit_account = movement->debit->id;
    transfer.credit_account = movement->credit->id;
    transfer.amount_cents = movement->amount_cents;
    transfer.outbox_id = batch_outbox_id(batch);
    transfer.created_at_us = batch->now_us;
    if (movement->wallet != NULL) {
        transfer.user_id = movement->wallet->id;
        transfer.balance_after_cents = movement->wallet->balance_cents;
    }
    chain_append(&batch->chain, &transfer);
    ledger_store_push(&batch->writes.transfers, &transfer);
    if (ret_id != NULL)
        *ret_id = transfer.id;
    return 0;
}

bool batch_note_ended(struct batch *batch, const struct writer_outcome *outcome)
{
    struct batch_writes *writes = &batch->writes;

    if (writes->ended_count == writes->ended_capacity) {
        const size_t capacity = writes->ended_capacity * 2 + 8;
        struct writer_outcome *grown = realloc(writes->ended, capacity * sizeof(*grown));

        if (grown == NULL)
            return true;
        writes->ended = grown;
        writes->ended_capacity = capacity;
    }
    writes->ended[writes->ended_count++] = *outcome;
    return false;
}

char *batch_lend(const char *text)
{
    union {
        const char *held;
        char *lent;
    } pointer = {.held = text};

    return pointer.lent;
}

/* Packed alone, a message of the list is a list of one: the row's bytes are these, one after the
 * other. */
static bool append_message(struct buffer *outbox, Slipway__V1__OutboxMessage *message)
{
    Slipway__V1__OutboxMessages messages = SLIPWAY__V1__OUTBOX_MESSAGES__INIT;
    Slipway__V1__OutboxMessage *list[] = {message};
    void *room;

    messages.n_messages = 1;
    messages.messages = list;
    room = buffer_extend(outbox, slipway__v1__outbox_messages__get_packed_size(&messages));
    if (room == NULL)
        return true;
    (void)slipway__v1__outbox_messages__pack(&messages, room);
    return false;
}

bool batch_tell(struct batch *batch, const struct batch_message *message)
{
    CLEANUP(cleanup_free)
    uint8_t *packed = malloc(protobuf_c_message_get_packed_size(message->value) + 1);
    Slipway__V1__OutboxMessage row = SLIPWAY__V1__OUTBOX_MESSAGE__INIT;
    char key[24];

    if (packed == NULL)
        return true;
    row.topic = batch_lend(message->topic);
    row.key.data = (uint8_t *)key;
    row.key.len = (size_t)snprintf(key, sizeof(key), "%" PRId64, message->key);
    row.value.data = packed;
    row.value.len = protobuf_c_message_pack(message->value, packed);
    row.headers = message->headers;
    row.n_headers = message->header_count;
    return append_message(&batch->writes.outbox, &row);
}
