/* Answers of before, found by the keys of a batch's jobs. */
#include "services/billing/batch_io.h"

#include <string.h>

/* An answer of before stands for every later run and request with the same key. */
static int adopt_record(struct job *job, const struct pg_rows *rows, int row, struct error *error)
{
    const ProtobufCBinaryData *fingerprint = &job->command->fingerprint;
    size_t length;
    const void *recorded = pg_rows_bytes(rows, row, 1, &length);

    if (fingerprint->len == length && memcmp(fingerprint->data, recorded, length) != 0) {
        job->mismatch = true;
        return 0;
    }
    const void *answer = pg_rows_bytes(rows, row, 2, &length);

    job->stored = slipway__v1__answer__unpack(NULL, length, answer);
    if (job->stored == NULL)
        return error_set(error, FAULT_HARD, "a stored answer can't be read");
    job->stored->replayed = true;
    return 0;
}

/* More than one job may carry the key: a repeat, and what records the invoice of the first. */
static int take_record(struct batch *batch, const struct pg_rows *rows, int row,
                       struct error *error)
{
    size_t length;
    const void *hash = pg_rows_bytes(rows, row, 0, &length);
    int result = 0;

    for (size_t i = 0; result == 0 && i < batch->job_count; ++i)
        if (batch->jobs[i]->command != NULL &&
            memcmp(batch->jobs[i]->key.hash, hash, IDEMPOTENCY_HASH_SIZE) == 0)
            result = adopt_record(batch->jobs[i], rows, row, error);
    return result;
}

int batch_take_records(struct pg *pg, struct batch *batch, struct error *error)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    int result = idempotency_store_take_find(pg, &rows, error);

    for (int row = 0; result == 0 && row < pg_rows_count(rows); ++row)
        result = take_record(batch, rows, row, error);
    return result;
}
