/* The chain of hashes through a shard's transfers: each carries the hash of the one before it, so
 * that none can be changed, left out or put in between unseen. Pure.
 *
 * A transfer's hash is BLAKE2b-256 over its canonical encoding, which docs/ledger.md gives byte by
 * byte; whoever changes one changes both. */
#pragma once

#include "services/billing/ledger.h"

#include <stddef.h>

/* Where a chain ends. A new one: index 0 and a hash of zeros. */
struct chain {
    int64_t shard;
    /* Of the last transfer; they count from 1. */
    int64_t index;
    uint8_t hash[LEDGER_HASH_SIZE];
};

/* Puts the transfer at the end: fills in its shard, index and previous hash, and moves the end on
 * to it. Everything else of it must be there, as it is written. */
void chain_append(struct chain *chain, struct ledger_transfer *transfer);

/* The hash of a transfer with its place in the chain, for the next one to carry. */
void chain_hash(const struct ledger_transfer *transfer, uint8_t ret_hash[static LEDGER_HASH_SIZE]);
