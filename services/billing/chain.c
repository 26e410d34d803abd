#include "services/billing/chain.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

static_assert(LEDGER_HASH_SIZE == crypto_generichash_BYTES, "BLAKE2b-256 has 32 bytes");

/* The numbers of a transfer, in the order in which they are hashed. */
enum { NUMBERS = 12, NUMBER_SIZE = 8 };

/* Big-endian, two's complement. */
static void encode(int64_t number, uint8_t ret_bytes[static NUMBER_SIZE])
{
    uint64_t bits = (uint64_t)number;

    for (int i = NUMBER_SIZE - 1; i >= 0; --i, bits >>= 8)
        ret_bytes[i] = (uint8_t)bits;
}

/* Its length first, −1 for none, so that no two rows have the same bytes. */
static void hash_text(crypto_generichash_state *state, const char *text)
{
    uint8_t length[NUMBER_SIZE];

    encode(text == NULL ? -1 : (int64_t)strlen(text), length);
    (void)crypto_generichash_update(state, length, sizeof(length));
    if (text != NULL)
        (void)crypto_generichash_update(state, (const uint8_t *)text, strlen(text));
}

void chain_hash(const struct ledger_transfer *transfer, uint8_t ret_hash[static LEDGER_HASH_SIZE])
{
    const int64_t numbers[NUMBERS] = {
        transfer->chain_shard,   transfer->chain_index,         transfer->id,
        transfer->debit_account, transfer->credit_account,      transfer->amount_cents,
        transfer->user_id,       transfer->balance_after_cents, transfer->vps_id,
        transfer->batch_id,      transfer->outbox_id,           transfer->created_at_us,
    };
    uint8_t bytes[NUMBERS * NUMBER_SIZE];
    crypto_generichash_state state;

    for (size_t i = 0; i < NUMBERS; ++i)
        encode(numbers[i], bytes + i * NUMBER_SIZE);
    (void)crypto_generichash_init(&state, NULL, 0, LEDGER_HASH_SIZE);
    (void)crypto_generichash_update(&state, transfer->previous_hash, LEDGER_HASH_SIZE);
    (void)crypto_generichash_update(&state, bytes, sizeof(bytes));
    hash_text(&state, ledger_kind_name(transfer->kind));
    hash_text(&state, transfer->reason);
    (void)crypto_generichash_final(&state, ret_hash, LEDGER_HASH_SIZE);
}

void chain_append(struct chain *chain, struct ledger_transfer *transfer)
{
    transfer->chain_shard = chain->shard;
    transfer->chain_index = ++chain->index;
    memcpy(transfer->previous_hash, chain->hash, sizeof(chain->hash));
    chain_hash(transfer, chain->hash);
}
