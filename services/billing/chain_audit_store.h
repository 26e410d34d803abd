/* Reads the chains for the audit, all in one snapshot. */
#pragma once

#include "lib/base/buffer.h"
#include "lib/pg/pg.h"
#include "services/billing/chain_audit.h"

struct chain_report {
    struct chain_audit audit;
    int64_t shards;
    /* Transfers of before there were chains: nothing is known of them. */
    int64_t outside;
    /* JSON: where the chains end, to be noted down; owned, buffer_deinit(). */
    struct buffer ends;
};

/* Fills an empty report. */
MUST_CHECK int chain_audit_run(struct pg *pg, struct chain_report *report, struct error *error);
