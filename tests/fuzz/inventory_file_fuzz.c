/* Inventory files: whatever the bytes, an inventory whose pools don't overlap or one clear refusal.
 */
#include "services/billing/inventory_file.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_pool(const struct inventory *inventory, const struct inventory_pool *pool)
{
    assert(pool->size > 0 && pool->last - pool->first == (uint32_t)(pool->size - 1));
    for (size_t i = 0; i < inventory->location_count; ++i)
        for (size_t n = 0; n < inventory->locations[i].pool_count; ++n) {
            const struct inventory_pool *other = &inventory->locations[i].pools[n];

            assert(other == pool || other->last < pool->first || pool->last < other->first);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(inventory_free_cleanup) struct inventory *inventory = NULL;
    struct error error = {0};
    const int result = inventory_file_parse((const char *)data, size, &inventory, &error);

    assert((result == 0) == (inventory != NULL));
    if (inventory == NULL)
        return 0;
    for (size_t i = 0; i < inventory->location_count; ++i)
        for (size_t n = 0; n < inventory->locations[i].pool_count; ++n)
            check_pool(inventory, &inventory->locations[i].pools[n]);
    return 0;
}
