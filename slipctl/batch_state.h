/* How far a batch has come, out of the server's answer. Pure. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BATCH_TEXT_SIZE = 64 };

struct batch_state {
    char batch_id[BATCH_TEXT_SIZE], status[BATCH_TEXT_SIZE];
    /* What is done for the item that is furthest behind; "": nothing is known. */
    char step[BATCH_TEXT_SIZE];
    int64_t total, succeeded, failed;
    /* Of all items together, 0 … 100. */
    int64_t percent;
};

/* True: it is no batch. */
bool batch_state_read(const json_t *batch, struct batch_state *ret_state);

/* Nothing changes any more. */
bool batch_state_has_ended(const struct batch_state *state);
/* … and all went well. */
bool batch_state_is_completed(const struct batch_state *state);
