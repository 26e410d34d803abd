/* The micro-batched writer: the only code that changes money, servers, users or keys.
 *
 * One thread and one connection a shard (shard = hash of the user). Each takes all that waits, up
 * to a cap, when its last batch is done, and settles it in ONE transaction: lock the wallets in id
 * order, read the idempotency records, decide each command on its own, write everything with the
 * stored answers, commit. Every command may run again, so a commit whose answer was lost is run
 * again and resolved by the record. A batch that fails for good is bisected until the culprit
 * stands alone.
 */
#pragma once

#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "lib/base/trace.h"
#include "lib/service/metrics.h"
#include "proto/billing.pb-c.h"
#include "proto/results.pb-c.h"
#include "services/billing/deposit_terms.h"

#include <stdint.h>

struct writer;
struct relay;

/* What became of an item of a batch, after the commit; what Redis is then told. */
struct writer_outcome {
    /* False: a repeat or a late one; the fields below still tell what stands. */
    bool applied;
    uint64_t vps_id;
    /* "" when nobody watches. */
    char batch_id[48];
    uint32_t item_index;
    /* "queued", "building", "active" (built, or done), "failed". */
    char status[16];
    bool final;
    int64_t charged_cents, refunded_cents;
    char error_code[64];
    char error_detail[256];
};

struct writer_options {
    const char *conninfo;
    /* Writer threads, each with a connection; stable numbers 0 … shards − 1. */
    int64_t shards;
    /* Most commands in one transaction. */
    int64_t batch_limit;
    /* Most commands waiting in one shard; past it WRITER_BUSY. */
    int64_t queue_limit;
    /* After this a command that could not be settled is answered 503. */
    int64_t deadline_ms;
    int64_t lock_timeout_ms;
    /* How long a suspended server is kept before it is deleted. */
    int64_t grace_days;
    /* Gets the outbox rows of each committed batch; borrowed. */
    struct relay *relay;
    /* Borrowed. */
    const struct deposit_terms *terms;
    struct metrics *metrics;
    const struct clock *clock;
    /* Called after the commit that revoked a key, or banned a user or lifted its ban, on a shard's
     * thread; must not block; perhaps more than once a change. NULL: nobody is told. */
    void (*key_changed)(void *context, const uint8_t key_hash[32]);
    void (*user_changed)(void *context, int64_t user_id);
    void *changed_context;
    /* Called after the commit that ended a batch otherwise than by a result (a deletion came
     * before it), in the same way. */
    void (*batch_ended)(void *context, const struct writer_outcome *outcome);
    void *batch_ended_context;
};

enum writer_refusal {
    /* Full: the answer is 503 with Retry-After. */
    WRITER_BUSY = 1,
    /* The same idempotency key is in work in this process: 409 idempotency_in_progress. */
    WRITER_IN_PROGRESS,
};

/* The answer to a command, after its commit. Runs on the shard's thread; must not block. `answer`
 * is borrowed for the call. */
typedef void (*writer_answered_fn)(void *context, const Slipway__V1__Answer *answer);

/* The same for OpenDeposit: `order` (borrowed) is set when a provider is to be asked, and `answer`
 * is none then. */
typedef void (*writer_opened_fn)(void *context, const Slipway__V1__Answer *answer,
                                 const struct deposit_order *order);

/* outcome 0, or a fault: then the result is to be delivered again. */
typedef void (*writer_applied_fn)(void *context, int outcome, const struct writer_outcome *result,
                                  const struct error *error);

/* Connects lazily: PostgreSQL may be down. */
MUST_CHECK int writer_new(const struct writer_options *options, struct writer **ret_writer,
                          struct error *error);
/* Settles what waits for up to `timeout_ms`, answers the rest 503, frees. */
void writer_free(struct writer *writer, int64_t timeout_ms);

/* `command` is taken on 0 (freed with slipway__v1__command__free_unpacked) and `answered` is called
 * exactly once; on a refusal it stays the caller's. */
MUST_CHECK int writer_submit(struct writer *writer, Slipway__V1__Command *command,
                             writer_answered_fn answered, void *context);

/* The same for OpenDeposit. */
MUST_CHECK int writer_submit_deposit(struct writer *writer, Slipway__V1__Command *command,
                                     writer_opened_fn opened, void *context);

/* The same for billing's own commands, which nobody else may send. Only WRITER_BUSY: what has the
 * same key does not keep them out. */
MUST_CHECK int writer_submit_own(struct writer *writer, Slipway__V1__Command *command,
                                 writer_answered_fn answered, void *context);

/* The same for a result of a worker. */
MUST_CHECK int writer_submit_result(struct writer *writer, Slipway__V1__MachineResult *result,
                                    writer_applied_fn applied, void *context);
