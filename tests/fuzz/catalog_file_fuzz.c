/* Catalog files: whatever the bytes, a catalog or one clear refusal. */
#include "services/billing/catalog_file.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(catalog_free_cleanup) struct catalog *catalog = NULL;
    struct error error = {0};
    const int result = catalog_file_parse((const char *)data, size, &catalog, &error);

    assert((result == 0) == (catalog != NULL));
    assert((result == 0) == (error.text[0] == '\0'));
    if (catalog != NULL)
        for (size_t i = 0; i < catalog->plan_count; ++i)
            assert(catalog_find_plan(catalog, catalog->plans[i].code) == &catalog->plans[i] &&
                   catalog->plans[i].price_cents_month > 0);
    return 0;
}
