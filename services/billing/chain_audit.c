#include "services/billing/chain_audit.h"

#include <string.h>

const char *chain_flaw_name(enum chain_flaw flaw)
{
    static const char *const names[] = {
        [CHAIN_INTACT] = "",
        [CHAIN_CHANGED] = "changed",
        [CHAIN_MISSING] = "missing",
        [CHAIN_ADDED] = "added",
    };

    return names[flaw];
}

void chain_audit_begin(struct chain_audit *audit, const struct chain *end)
{
    audit->end = *end;
    audit->walked = (struct chain){.shard = end->shard};
    audit->last_id = 0;
    audit->before_last_id = 0;
    audit->is_in_doubt = false;
}

static void find(struct chain_audit *audit, enum chain_flaw flaw, int64_t index,
                 int64_t transfer_id)
{
    audit->flaw = flaw;
    audit->shard = audit->end.shard;
    audit->index = index;
    audit->transfer_id = transfer_id;
}

/* What comes after the last transfer carries `hash` of it. In doubt is whether the last one or the
 * one before it was changed: if the last one still is what was hashed, so is the hash in it. */
static void compare(struct chain_audit *audit, const uint8_t hash[static LEDGER_HASH_SIZE])
{
    const struct chain *walked = &audit->walked;
    const bool is_equal = memcmp(hash, walked->hash, sizeof(walked->hash)) == 0;

    if (audit->is_in_doubt && is_equal)
        find(audit, CHAIN_CHANGED, walked->index - 1, audit->before_last_id);
    else if (audit->is_in_doubt)
        find(audit, CHAIN_CHANGED, walked->index, audit->last_id);
    else
        audit->is_in_doubt = !is_equal;
}

static void walk_on(struct chain_audit *audit, const struct ledger_transfer *transfer)
{
    audit->before_last_id = audit->last_id;
    audit->last_id = transfer->id;
    audit->walked.index = transfer->chain_index;
    chain_hash(transfer, audit->walked.hash);
    ++audit->transfers;
}

void chain_audit_step(struct chain_audit *audit, const struct ledger_transfer *transfer)
{
    const int64_t expected = audit->walked.index + 1;

    if (audit->flaw != CHAIN_INTACT)
        return;
    compare(audit, transfer->previous_hash);
    if (audit->flaw != CHAIN_INTACT)
        return;
    if (transfer->chain_index > audit->end.index || transfer->chain_index < expected)
        find(audit, CHAIN_ADDED, transfer->chain_index, transfer->id);
    else if (transfer->chain_index > expected)
        find(audit, CHAIN_MISSING, expected, 0);
    else if (audit->is_in_doubt && expected == 1)
        find(audit, CHAIN_CHANGED, expected, transfer->id);
    else
        walk_on(audit, transfer);
}

void chain_audit_finish(struct chain_audit *audit)
{
    if (audit->flaw != CHAIN_INTACT)
        return;
    if (audit->is_in_doubt || audit->walked.index == audit->end.index)
        compare(audit, audit->end.hash);
    if (audit->flaw != CHAIN_INTACT)
        return;
    if (audit->walked.index < audit->end.index)
        find(audit, CHAIN_MISSING, audit->walked.index + 1, 0);
    else if (audit->is_in_doubt)
        find(audit, CHAIN_CHANGED, audit->walked.index, audit->last_id);
}
