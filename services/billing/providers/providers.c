#include "services/billing/providers/provider_table.h"

#include <string.h>

const struct provider *const providers[] = {
    &provider_cryptobot,
};

const size_t provider_count = ARRAY_LENGTH(providers);

const struct provider *provider_find(const char *name)
{
    for (size_t i = 0; i < provider_count; ++i)
        if (strcmp(providers[i]->name, name) == 0)
            return providers[i];
    return NULL;
}
