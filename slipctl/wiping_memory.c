#include "slipctl/wiping_memory.h"

#include <curl/curl.h>
#include <jansson.h>
#include <malloc.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static void wiping_free(void *memory)
{
    if (memory != NULL)
        sodium_memzero(memory, malloc_usable_size(memory));
    free(memory);
}

/* A block that grows moves, and what it leaves behind is wiped too. */
static void *wiping_realloc(void *memory, size_t size)
{
    const size_t present = memory != NULL ? malloc_usable_size(memory) : 0;
    void *moved = malloc(size != 0 ? size : 1);

    if (moved == NULL)
        return NULL;
    if (memory != NULL)
        memcpy(moved, memory, present < size ? present : size);
    wiping_free(memory);
    return moved;
}

bool wiping_memory_install(void)
{
    json_set_alloc_funcs(malloc, wiping_free);
    return curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, wiping_free, wiping_realloc, strdup,
                                calloc) != CURLE_OK;
}
