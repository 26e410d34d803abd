/* Which offset of one partition may be committed: never past a record that is not finished. Pure.
 */
#pragma once

#include "lib/base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct offset_entry {
    int64_t offset;
    int64_t began_ms;
    bool finished;
};

/* Zero-initialise it. A ring of the offsets that have begun, oldest first. */
struct offsets {
    struct offset_entry *entries;
    size_t capacity, head, length;
    /* What to commit: one past the last offset before which all are finished; 0: nothing yet. */
    int64_t committable;
    /* One past the last that has begun. */
    int64_t next;
};

void offsets_deinit(struct offsets *offsets);

/* `offset` is at least `next`. True: no memory, nothing was noted. */
MUST_CHECK bool offsets_begin(struct offsets *offsets, int64_t offset, int64_t began_ms);

/* `offset` has begun and is not finished yet. */
void offsets_finish(struct offsets *offsets, int64_t offset);

/* The oldest unfinished offset, or one past the last when all are finished; -1: none has begun. */
int64_t offsets_position(const struct offsets *offsets);

/* When the oldest unfinished one began; 0: there is none. */
int64_t offsets_oldest_ms(const struct offsets *offsets);
