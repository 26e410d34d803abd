/* A bounded first-in first-out queue of pointers between threads: many put, one or many take.
 * What is queued belongs to whoever takes it. */
#pragma once

#include "lib/base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct queue;

enum queue_refusal {
    QUEUE_FULL = 1,
    QUEUE_CLOSED,
};

/* `limit` ≥ 1 is the most that waits. NULL: no memory. */
struct queue *queue_new(size_t limit);

/* Must be empty and without waiters. Accepts NULL. */
void queue_free(struct queue *queue);
DEFINE_CLEANUP(struct queue *, queue_free)

/* Never blocks. QUEUE_FULL or QUEUE_CLOSED: the item stays the caller's. */
MUST_CHECK int queue_put(struct queue *queue, void *item);

/* Waits up to `timeout_ms` (negative: for ever) until something is there, then takes up to `limit`
 * items at once, oldest first. Returns how many; 0: timed out, or closed and empty. */
size_t queue_take(struct queue *queue, void **ret_items, size_t limit, int64_t timeout_ms);

/* Nothing more can be put; takers get what is left and then 0 at once. */
void queue_close(struct queue *queue);

bool queue_is_closed(struct queue *queue);
size_t queue_length(struct queue *queue);
