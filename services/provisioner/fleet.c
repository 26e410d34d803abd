#include "services/provisioner/fleet.h"

#include <search.h>
#include <stdlib.h>

struct fleet {
    /* tsearch(3) tree of struct sighting, by vps_id. */
    void *machines;
    size_t count;
};

static int compare(const void *left, const void *right)
{
    const struct sighting *a = left, *b = right;

    return (a->vps_id > b->vps_id) - (a->vps_id < b->vps_id);
}

struct fleet *fleet_new(void)
{
    return calloc(1, sizeof(struct fleet));
}

void fleet_free(struct fleet *fleet)
{
    if (fleet == NULL)
        return;
    tdestroy(fleet->machines, free);
    free(fleet);
}

static struct sighting *find(const struct fleet *fleet, const struct sighting *sighting)
{
    struct sighting **found = tfind(sighting, &fleet->machines, compare);

    return found != NULL ? *found : NULL;
}

bool fleet_is_news(const struct fleet *fleet, const struct sighting *sighting,
                   uint64_t *ret_sequence)
{
    const struct sighting *known = find(fleet, sighting);

    if (known == NULL || !known->built || known->power == sighting->power)
        return false;
    if (sighting->power != MACHINE_MISSING &&
        (!sighting->built || sighting->sequence != known->sequence))
        return false;
    *ret_sequence = sighting->power == MACHINE_MISSING ? known->sequence : sighting->sequence;
    return true;
}

static void forget(struct fleet *fleet, struct sighting *known)
{
    if (known == NULL)
        return;
    (void)tdelete(known, &fleet->machines, compare);
    free(known);
    --fleet->count;
}

void fleet_keep(struct fleet *fleet, const struct sighting *sighting)
{
    struct sighting *known = find(fleet, sighting);

    if (sighting->power == MACHINE_MISSING) {
        forget(fleet, known);
        return;
    }
    if (known == NULL) {
        known = calloc(1, sizeof(*known));
        if (known == NULL)
            return;
        known->vps_id = sighting->vps_id;
        if (tsearch(known, &fleet->machines, compare) == NULL) {
            free(known);
            return;
        }
        ++fleet->count;
    }
    *known = *sighting;
}

struct collection {
    uint64_t *ids;
    size_t count;
};

static void collect(const void *node, VISIT visit, void *context)
{
    struct collection *collection = context;

    if (visit == postorder || visit == leaf)
        collection->ids[collection->count++] = (*(const struct sighting *const *)node)->vps_id;
}

size_t fleet_ids(const struct fleet *fleet, uint64_t **ret_ids)
{
    struct collection collection = {.ids = calloc(fleet->count + 1, sizeof(uint64_t))};

    *ret_ids = collection.ids;
    if (collection.ids == NULL)
        return 0;
    twalk_r(fleet->machines, collect, &collection);
    return collection.count;
}
