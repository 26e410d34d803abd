/* Memory for many small things that live and end together: a piece is taken by moving a pointer,
 * and all of it is given back at once. One thread at a time. */
#pragma once

#include "lib/base/cleanup.h"

#include <stddef.h>

struct arena_block;

struct arena {
    /* The newest block, and what is left of it; {0} is an empty arena. */
    struct arena_block *blocks;
    unsigned char *next;
    size_t left;
};

/* `size` bytes, aligned for every type, valid until arena_deinit(). NULL: no memory. */
void *arena_take(struct arena *arena, size_t size);

void arena_deinit(struct arena *arena);
