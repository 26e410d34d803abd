/* The wire form of a batch: `message { repeated Item = 1 }` with the items as bytes.
 * Source: protobuf.dev, Encoding. Unknown fields are skipped, as everywhere in protobuf. */
#pragma once

#include "lib/base/buffer.h"

#include <stddef.h>

struct envelope_item {
    const void *data;
    size_t length;
};

/* Walks over the items of `rest`, `length` bytes; both advance. */
struct envelope {
    const unsigned char *rest;
    size_t length;
};

enum envelope_refusal {
    ENVELOPE_END = 1,
    ENVELOPE_MALFORMED,
};

/* 0: *ret_item is the next item, borrowed from the envelope. */
MUST_CHECK int envelope_next(struct envelope *envelope, struct envelope_item *ret_item);

/* Counts the items without consuming them. 0 or ENVELOPE_MALFORMED. */
MUST_CHECK int envelope_count(struct envelope envelope, size_t *ret_count);

/* How many bytes an item of that length takes in an envelope. */
size_t envelope_item_size(size_t length);

void envelope_append(struct buffer *body, const void *item, size_t length);
