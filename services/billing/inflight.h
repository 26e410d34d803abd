/* Idempotency keys that are in work in this process. Thread-safe. */
#pragma once

#include "lib/base/cleanup.h"

#include <stdbool.h>
#include <stdint.h>

enum { INFLIGHT_HASH_SIZE = 32 };

/* Embedded in what is in work; the set only links them. */
struct inflight_entry {
    uint8_t hash[INFLIGHT_HASH_SIZE];
    struct inflight_entry *next;
};

struct inflight;

/* NULL: no memory. */
struct inflight *inflight_new(void);
/* Must be empty. Accepts NULL. */
void inflight_free(struct inflight *inflight);

/* False: an entry of the same hash is there. The entry stays the caller's and must not move. */
MUST_CHECK bool inflight_add(struct inflight *inflight, struct inflight_entry *entry);
/* The entry must be there. */
void inflight_remove(struct inflight *inflight, struct inflight_entry *entry);
