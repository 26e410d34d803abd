/* Reads a batch as one caller may see it: from Redis when it knows all, else from billing, and then
 * the mirror is rebuilt. With Redis down billing answers alone. */
#pragma once

#include "lib/base/trace.h"
#include "services/gateway/batch_snapshot.h"
#include "services/gateway/billing_client.h"
#include "services/gateway/key_record.h"

struct gateway;

/* Who reads what; plain values and one reference. */
struct batch_question {
    char batch_id[BATCH_ID_SIZE];
    char request_id[REQUEST_ID_SIZE];
    /* Borrowed until the reader is told. */
    const struct key_record *key;
};

enum batch_reader_refusal {
    /* No such batch for this caller. Beside it, BILLING_TIMED_OUT may come. */
    BATCH_NOT_FOUND = 100,
};

/* outcome 0: `snapshot` is complete and borrowed for the call. From any thread. */
typedef void (*batch_read_fn)(void *context, int outcome, const struct batch_snapshot *snapshot,
                              const struct error *error);

/* 0: `read` runs exactly once, perhaps before this returns. */
MUST_CHECK int batch_read(struct gateway *gateway, const struct batch_question *question,
                          batch_read_fn read, void *context, struct error *error);
