#include "services/gateway/catalog_cache.h"

#include "lib/base/clock.h"
#include "lib/base/encoding.h"

#include <pthread.h>
#include <sodium.h>
#include <string.h>

enum { ETAG_HASH_BYTES = 8 };

struct catalog_cache {
    int64_t ttl_ms;
    pthread_rwlock_t lock;
    struct buffer body;
    char etag[ETAG_SIZE];
    int64_t loaded_ms;
};

struct catalog_cache *catalog_cache_new(int64_t ttl_ms)
{
    struct catalog_cache *cache = calloc(1, sizeof(*cache));

    if (cache == NULL)
        return NULL;
    cache->ttl_ms = ttl_ms;
    (void)pthread_rwlock_init(&cache->lock, NULL);
    return cache;
}

void catalog_cache_free(struct catalog_cache *cache)
{
    if (cache == NULL)
        return;
    (void)pthread_rwlock_destroy(&cache->lock);
    buffer_deinit(&cache->body);
    free(cache);
}

bool catalog_cache_get(struct catalog_cache *cache, struct buffer *body,
                       char ret_etag[static ETAG_SIZE])
{
    bool fresh;

    (void)pthread_rwlock_rdlock(&cache->lock);
    fresh = cache->body.length > 0 && clock_monotonic_ms() - cache->loaded_ms < cache->ttl_ms;
    if (fresh) {
        buffer_append(body, cache->body.data, cache->body.length);
        memcpy(ret_etag, cache->etag, ETAG_SIZE);
    }
    (void)pthread_rwlock_unlock(&cache->lock);
    return fresh;
}

void catalog_cache_put(struct catalog_cache *cache, const struct buffer *body)
{
    (void)pthread_rwlock_wrlock(&cache->lock);
    buffer_deinit(&cache->body);
    buffer_append(&cache->body, body->data, body->length);
    if (cache->body.overflown)
        buffer_deinit(&cache->body);
    etag_make(body, cache->etag);
    cache->loaded_ms = clock_monotonic_ms();
    (void)pthread_rwlock_unlock(&cache->lock);
}

void etag_make(const struct buffer *body, char ret_etag[static ETAG_SIZE])
{
    uint8_t hash[crypto_hash_sha256_BYTES];

    (void)crypto_hash_sha256(hash, (const unsigned char *)body->data, body->length);
    ret_etag[0] = '"';
    hex_encode(hash, ETAG_HASH_BYTES, ret_etag + 1);
    ret_etag[ETAG_SIZE - 2] = '"';
    ret_etag[ETAG_SIZE - 1] = '\0';
}

bool etag_matches(const char *if_none_match, const char *etag)
{
    const size_t length = strlen(etag);
    const char *next = if_none_match;

    while (next != NULL && *next != '\0') {
        next += strspn(next, " \t,");
        if (*next == '*')
            return true;
        if (strncmp(next, "W/", 2) == 0) /* the comparison is weak */
            next += 2;
        if (strncmp(next, etag, length) == 0 && strchr(" \t,", next[length]) != NULL)
            return true;
        next += strcspn(next, ",");
    }
    return false;
}
