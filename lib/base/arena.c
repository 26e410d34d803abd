#include "lib/base/arena.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* Below what malloc() would map for itself and unmap again. */
enum { BLOCK_SIZE = 64 * 1024 };

struct arena_block {
    struct arena_block *older;
    alignas(max_align_t) unsigned char bytes[];
};

/* What is left of the block before stays unused. */
static bool add_block(struct arena *arena, size_t size)
{
    const size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
    struct arena_block *block;

    block = malloc(sizeof(*block) + room);
    if (block == NULL)
        return true;
    block->older = arena->blocks;
    arena->blocks = block;
    arena->next = block->bytes;
    arena->left = room;
    return false;
}

void *arena_take(struct arena *arena, size_t size)
{
    const size_t alignment = alignof(max_align_t);
    unsigned char *taken;

    if (size > PTRDIFF_MAX - sizeof(struct arena_block) - alignment)
        return NULL;
    size = (size + alignment - (size > 0)) / alignment * alignment;
    if (size > arena->left && add_block(arena, size))
        return NULL;
    taken = arena->next;
    arena->next += size;
    arena->left -= size;
    return taken;
}

void arena_deinit(struct arena *arena)
{
    while (arena->blocks != NULL) {
        struct arena_block *older = arena->blocks->older;

        free(arena->blocks);
        arena->blocks = older;
    }
    *arena = (struct arena){0};
}
