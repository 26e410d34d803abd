/* One batch in work: its jobs, what was read for them under lock, and what they write. Private to
 * the writer; one shard's thread uses it, again and again. */
#pragma once

#include "lib/base/clock.h"
#include "proto/outbox.pb-c.h"
#include "services/billing/answer.h"
#include "services/billing/catalog.h"
#include "services/billing/columns.h"
#include "services/billing/idempotency_store.h"
#include "services/billing/inflight.h"
#include "services/billing/ledger_store.h"
#include "services/billing/operation_store.h"
#include "services/billing/placement_store.h"
#include "services/billing/register_store.h"
#include "services/billing/sequence_store.h"
#include "services/billing/vps_store.h"
#include "services/billing/wallet_store.h"
#include "services/billing/writer.h"

struct command_kind;

/* One command or one result, from its submission to its answer. */
struct job {
    /* Owned; exactly one of the two. */
    Slipway__V1__Command *command;
    Slipway__V1__MachineResult *result;
    writer_answered_fn answered;
    writer_applied_fn applied;
    void *context;
    int64_t deadline_ms;
    /* Of the command's record; random for a command without a key, so that a lost commit of it is
     * resolved in the same way. */
    struct inflight_entry key;
    /* NULL: no such command, or a result. */
    const struct command_kind *kind;

    /* What a run of the batch has made of it. */
    struct answer answer;
    /* The answer of an earlier run or request; owned. */
    Slipway__V1__Answer *stored;
    /* The record is of another request. */
    bool mismatch;
    /* A revoked key to tell the gateways of. */
    bool key_changed;
    uint8_t changed_key[IDEMPOTENCY_HASH_SIZE];
    /* Results: 0, or why it can't be applied. */
    int outcome;
    struct error error;
    struct writer_outcome effect;
};

/* Frees what it owns, and itself. */
void job_free(struct job *job);

/* Forgets an earlier run. */
void job_reset(struct job *job);

/* "" never NULL. */
const char *job_request_id(const struct job *job);

/* What has to be read for the jobs. */
struct batch_wants {
    struct pg_array *user_ids, *hashes;
    /* All servers that are changed, and those whose place may be given up. */
    struct pg_array *vps_ids, *left_vps_ids;
    /* Servers whose open operations count, single operations that results are of, and servers that
     * something is ordered of. */
    struct pg_array *operated_vps_ids, *named_vps_ids, *named_sequences, *ordered_vps_ids;
    struct pg_array *location_codes, *location_counts;
    struct pg_array *named_users, *telegram_ids, *key_ids, *key_hashes;
    bool registers;
    int64_t ids[SEQUENCE_COUNT];
    /* By the catalog's locations. */
    int64_t *location_items;
};

struct batch_ids {
    struct pg_rows *rows;
    int next;
};

struct batch_writes {
    struct columns moves, transfers, orders, batches, records, changes;
    struct placement_writes placement;
    struct register_writes registered;
    struct operation_writes operations;
    /* Batches that ended otherwise than by a result: who watches them is told after the commit. */
    struct writer_outcome *ended;
    size_t ended_count, ended_capacity;
    /* Packed OutboxMessages, one after the other: protobuf reads that as one. */
    struct buffer outbox;
    int64_t outbox_id;
    /* Acknowledged rows to be deleted. */
    struct pg_array *acknowledged;
};

struct batch {
    int64_t shard;
    /* Borrowed for the run. */
    struct job **jobs;
    size_t job_count;
    const struct catalog *catalog;
    int64_t now_us;

    struct batch_wants wants;
    struct wallet *wallets;
    size_t wallet_count;
    struct ledger_account system[LEDGER_SYSTEM_COUNT];
    struct pg_rows *machine_rows;
    struct machine *machines;
    size_t machine_count;
    struct placement_rows placement;
    struct register_rows registered;
    struct operation_rows operations;
    struct batch_ids ids[SEQUENCE_COUNT];
    struct batch_writes writes;
};

/* True: no memory. */
MUST_CHECK bool batch_init(struct batch *batch, int64_t shard);
void batch_deinit(struct batch *batch);

/* Takes up jobs; the wants are empty. True: no memory. */
MUST_CHECK bool batch_begin(struct batch *batch, struct job **jobs, size_t count,
                            const struct catalog *catalog, int64_t now_us);

/* NULL: unknown. */
struct wallet *batch_find_wallet(const struct batch *batch, int64_t user_id);
struct machine *batch_find_machine(const struct batch *batch, int64_t vps_id);
struct placement_node *batch_find_node(const struct batch *batch, int64_t node_id);

/* The next id that was fetched; there are as many as the jobs wanted. */
int64_t batch_next_id(struct batch *batch, enum sequence sequence);

/* Items of a location that a job may place. Locations that the catalog does not know are not
 * wanted. */
void batch_want_location(struct batch *batch, const char *code, int64_t count);

/* Moves the money and writes the transfer, whose id is made here; 0 cents move nothing. Refusals
 * and *ret_id (may be NULL) as of ledger_move(). */
struct batch_movement {
    struct ledger_account *debit, *credit;
    int64_t amount_cents;
    enum ledger_rule rule;
    /* id, accounts, amount and balance are filled in. */
    struct ledger_transfer transfer;
    /* Whose balance stands in the row; NULL: none. */
    const struct ledger_account *wallet;
};

MUST_CHECK int batch_move(struct batch *batch, const struct batch_movement *movement,
                          int64_t *ret_id);

/* After the commit Redis is told of it. True: no memory. */
MUST_CHECK bool batch_note_ended(struct batch *batch, const struct writer_outcome *outcome);

/* Queues a message for Kafka. True: no memory. Headers are borrowed for the call. */
struct batch_message {
    const char *topic;
    int64_t key;
    const ProtobufCMessage *value;
    Slipway__V1__OutboxHeader **headers;
    size_t header_count;
};

MUST_CHECK bool batch_tell(struct batch *batch, const struct batch_message *message);

/* protobuf-c has no const members; what is only packed is never written to. */
char *batch_lend(const char *text);
