#include "services/billing/inflight.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>

enum { BUCKETS = 16384 };

struct inflight {
    pthread_mutex_t mutex;
    struct inflight_entry *buckets[BUCKETS];
};

struct inflight *inflight_new(void)
{
    struct inflight *inflight = calloc(1, sizeof(*inflight));

    if (inflight != NULL)
        (void)pthread_mutex_init(&inflight->mutex, NULL);
    return inflight;
}

void inflight_free(struct inflight *inflight)
{
    if (inflight == NULL)
        return;
    for (size_t i = 0; i < BUCKETS; ++i)
        assert(inflight->buckets[i] == NULL);
    (void)pthread_mutex_destroy(&inflight->mutex);
    free(inflight);
}

/* The hashes are SHA-256, so any of their bytes will do. */
static struct inflight_entry **bucket_of(struct inflight *inflight,
                                         const struct inflight_entry *entry)
{
    uint32_t number;

    memcpy(&number, entry->hash, sizeof(number));
    return &inflight->buckets[number % BUCKETS];
}

bool inflight_add(struct inflight *inflight, struct inflight_entry *entry)
{
    struct inflight_entry **bucket = bucket_of(inflight, entry);
    const struct inflight_entry *other;

    (void)pthread_mutex_lock(&inflight->mutex);
    for (other = *bucket; other != NULL; other = other->next)
        if (memcmp(other->hash, entry->hash, sizeof(entry->hash)) == 0)
            break;
    if (other == NULL) {
        entry->next = *bucket;
        *bucket = entry;
    }
    (void)pthread_mutex_unlock(&inflight->mutex);
    return other == NULL;
}

void inflight_remove(struct inflight *inflight, struct inflight_entry *entry)
{
    struct inflight_entry **link = bucket_of(inflight, entry);

    (void)pthread_mutex_lock(&inflight->mutex);
    while (*link != entry) {
        assert(*link != NULL);
        link = &(*link)->next;
    }
    *link = entry->next;
    (void)pthread_mutex_unlock(&inflight->mutex);
}
