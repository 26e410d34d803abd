/* One batch in work: its jobs, what was read for them under lock, and what they write. Private to
 * the writer; one shard's thread uses it, again and again. */
#pragma once

#include "lib/base/clock.h"
#include "proto/outbox.pb-c.h"
#include "services/billing/answer.h"
#include "services/billing/catalog.h"
#include "services/billing/chain.h"
#include "services/billing/checkout_store.h"
#include "services/billing/columns.h"
#include "services/billing/deposit_store.h"
#include "services/billing/deposit_terms.h"
#include "services/billing/idempotency_store.h"
#include "services/billing/inflight.h"
#include "services/billing/ledger_store.h"
#include "services/billing/operation_store.h"
#include "services/billing/operator_log_store.h"
#include "services/billing/placement_store.h"
#include "services/billing/register_store.h"
#include "services/billing/sequence_store.h"
#include "services/billing/vps_store.h"
#include "services/billing/wallet_store.h"
#include "services/billing/writer.h"

struct command_kind;

/* What the operators' log says of a command beside what it sees by itself (operator_act.h); a
 * command that has nothing to add leaves it empty. */
struct act_note {
    /* NULL: the command's name. */
    const char *action;
    /* 0: the command's. */
    int64_t user_id;
    /* "transaction:9003"; "": the batch that the answer leads to, if any. */
    char target[48];
    /* Borrowed from the command; NULL: none. */
    const char *reason;
    /* Cut when it is longer. */
    char detail[160];
    /* All was so already: nothing to log. */
    bool changed_nothing;
};

/* One command or one result, from its submission to its answer. */
struct job {
    /* Owned; exactly one of the two. */
    Slipway__V1__Command *command;
    Slipway__V1__MachineResult *result;
    writer_answered_fn answered;
    writer_opened_fn opened;
    writer_applied_fn applied;
    void *context;
    int64_t deadline_ms;
    /* Of the command's record; random for a command without a key, so that a lost commit of it is
     * resolved in the same way. */
    struct inflight_entry key;
    /* billing's own command: nobody is kept from its key meanwhile. */
    bool is_own;
    /* Of OpenDeposit: random, so that a later run knows its own row again. */
    int64_t lease;
    /* NULL: no such command, or a result. */
    const struct command_kind *kind;

    /* What a run of the batch has made of it. */
    struct answer answer;
    /* The answer of an earlier run or request; owned. */
    Slipway__V1__Answer *stored;
    /* The record is of another request. */
    bool mismatch;
    struct act_note note;
    /* A revoked key, and a user that was banned or let in again (0: none), to tell the gateways of.
     * They outlast a run: the answer that a next run finds stored is of the same change. */
    bool key_changed;
    uint8_t changed_key[IDEMPOTENCY_HASH_SIZE];
    int64_t changed_user;
    /* Results: 0, or why it can't be applied. */
    int outcome;
    struct error error;
    struct writer_outcome effect;
    /* OpenDeposit: what the provider is to be asked, instead of an answer. */
    bool has_order;
    struct deposit_order order;
};

/* Frees what it owns, and itself. */
void job_free(struct job *job);

/* Forgets an earlier run. */
void job_reset(struct job *job);

/* "" never NULL. */
const char *job_request_id(const struct job *job);

/* What has to be read for the jobs. */
struct batch_wants {
    struct pg_array *user_ids, *key_prefixes;
    /* All servers that are changed, and those whose owners' wallets may get something back. */
    struct pg_array *vps_ids, *left_vps_ids;
    /* Those whose build ends, and perhaps their checkout with it. */
    struct pg_array *built_vps_ids;
    /* Servers whose open operations count, single operations that results are of, and servers that
     * something is ordered of. */
    struct pg_array *operated_vps_ids, *named_vps_ids, *named_sequences, *ordered_vps_ids;
    struct pg_array *location_codes, *location_counts, *refilled_codes, *recalled_codes;
    struct pg_array *named_users, *telegram_ids, *referral_codes, *key_ids, *key_hashes;
    struct deposit_wants deposits;
    bool registers;
    int64_t ids[SEQUENCE_COUNT];
    /* By the catalog's locations. */
    int64_t *location_items;
};

/* How far the batches of a shard go for stock in one location. */
struct batch_reach {
    enum placement_reach reach;
    /* Monotonic: scarce stock is called back at once until then. */
    int64_t scarce_until_ms;
};

struct batch_ids {
    struct pg_rows *rows;
    int next;
};

struct batch_writes {
    struct columns moves, transfers, orders, batches, records, changes, acts;
    struct placement_writes placement;
    struct register_writes registered;
    struct operation_writes operations;
    struct deposit_writes deposits;
    /* Batches that ended otherwise than by a result: who watches them is told after the commit. */
    struct writer_outcome *ended;
    size_t ended_count, ended_capacity;
    /* Packed OutboxMessages, one after the other: protobuf reads that as one. */
    struct buffer outbox;
    /* 0: not asked for yet. */
    int64_t outbox_id;
    /* Acknowledged rows to be deleted. */
    struct pg_array *acknowledged;
};

/* Why a batch is rolled back and run again. */
enum batch_again {
    /* The catalog in memory is not the one that stands: read it again first. */
    BATCH_CATALOG_CHANGED = 1,
    /* The shard's share of a location's stock was too small. */
    BATCH_STOCK_SHORT,
};

struct batch {
    int64_t shard;
    /* Borrowed for the run. */
    struct job **jobs;
    size_t job_count;
    const struct catalog *catalog;
    /* By the catalog's locations; borrowed from whoever runs the batch again. */
    struct batch_reach *reaches;
    const struct deposit_terms *terms;
    int64_t now_us;
    /* The same as text, once it was asked for. */
    char now_text[CLOCK_TEXT_SIZE];
    /* How long a suspended server is kept. */
    int64_t grace_us;

    struct batch_wants wants;
    struct wallet *wallets;
    size_t wallet_count;
    struct ledger_account system[LEDGER_SYSTEM_COUNT];
    /* Of this shard's transfers; locked while any may be made. */
    struct chain chain;
    struct pg_rows *machine_rows;
    struct machine *machines;
    size_t machine_count;
    struct checkout *checkouts;
    size_t checkout_count;
    struct placement_rows placement;
    struct register_rows registered;
    struct operation_rows operations;
    struct deposit_rows deposits;
    struct batch_ids ids[SEQUENCE_COUNT];
    struct batch_writes writes;
};

/* True: no memory. `terms` is borrowed for the batch's life. */
MUST_CHECK bool batch_init(struct batch *batch, int64_t shard, int64_t grace_us,
                           const struct deposit_terms *terms);
void batch_deinit(struct batch *batch);

/* Takes up jobs; the wants are empty. True: no memory. */
MUST_CHECK bool batch_begin(struct batch *batch, struct job **jobs, size_t count,
                            const struct catalog *catalog, struct batch_reach *reaches,
                            int64_t now_us);

/* NULL: unknown. */
struct wallet *batch_find_wallet(const struct batch *batch, int64_t user_id);
struct machine *batch_find_machine(const struct batch *batch, int64_t vps_id);
struct checkout *batch_find_checkout(const struct batch *batch, int64_t batch_id);

/* The next id that was fetched; there are as many as the jobs wanted. */
int64_t batch_next_id(struct batch *batch, enum sequence sequence);

/* The location came out short. True: the batch is to be run again (BATCH_STOCK_SHORT), with a
 * longer reach there. False: it is sold out. */
MUST_CHECK bool batch_reach_further(struct batch *batch, size_t location);

/* The outbox row that the batch writes. The jobs wanted one. */
int64_t batch_outbox_id(struct batch *batch);

/* now_us as clock_format() has it; valid for the run. */
const char *batch_now_text(struct batch *batch);

/* Items of a location that a job may place. Locations that the catalog does not know are not
 * wanted. */
void batch_want_location(struct batch *batch, const char *code, int64_t count);

/* Moves the money and writes the transfer at the end of the shard's chain; its id is made here
 * unless it has one. The batch tells of it, so SEQUENCE_OUTBOX = 1 is wanted. 0 cents move nothing.
 * Refusals and *ret_id (may be NULL) as of ledger_move(). */
struct batch_movement {
    struct ledger_account *debit, *credit;
    int64_t amount_cents;
    enum ledger_rule rule;
    /* Accounts, amount and balance are filled in, and the id when it is 0. */
    struct ledger_transfer transfer;
    /* Whose balance stands in the row; NULL: none. */
    const struct ledger_account *wallet;
};

MUST_CHECK int batch_move(struct batch *batch, const struct batch_movement *movement,
                          int64_t *ret_id);

/* After the commit Redis is told of it. True: no memory. */
MUST_CHECK bool batch_note_ended(struct batch *batch, const struct writer_outcome *outcome);

/* Pushes what has become of the wallets, the system's accounts and the servers to the writes. */
void batch_push_changes(struct batch *batch);

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
