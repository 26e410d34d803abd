/* The stored answers. */
#pragma once

#include "services/billing/columns.h"

enum { IDEMPOTENCY_HASH_SIZE = 32 };

/* What records are looked up by: the first 8 bytes of the hash. Others may share it. */
int64_t idempotency_prefix(const uint8_t hash[static IDEMPOTENCY_HASH_SIZE]);

/* After the wallets' locks, so that another writer's record of the same key is seen. */
MUST_CHECK int idempotency_store_queue_find(struct pg *pg, const struct pg_array *prefixes,
                                            struct error *error);
/* Those with a prefix that was asked for: rows of (key_hash, fingerprint, answer). */
MUST_CHECK int idempotency_store_take_find(struct pg *pg, struct pg_rows **ret_rows,
                                           struct error *error);

/* Pointers borrowed. */
struct idempotency_record {
    const uint8_t *hash, *fingerprint;
    const void *answer;
    size_t answer_length;
};

MUST_CHECK bool idempotency_store_init(struct columns *columns);
void idempotency_store_push(struct columns *columns, const struct idempotency_record *record);
MUST_CHECK int idempotency_store_queue(struct pg *pg, const struct columns *columns, int64_t now_us,
                                       struct error *error);

/* Makes the coming partitions and drops those older than `keep_days`. A round trip of its own. */
MUST_CHECK int idempotency_store_maintain(struct pg *pg, int64_t now_us, int32_t keep_days,
                                          struct error *error);
