/* Any bytes as a path and as a query: what is decoded fits its room and holds no control. */
#include "lib/http/query.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text)
{
    for (; *text != '\0'; text++)
        assert((unsigned char)*text >= 0x20 && *text != 0x7f);
}

static void check_query(const char *query, size_t length)
{
    CLEANUP(cleanup_free) char *pairs = malloc(QUERY_PAIRS_SIZE(length));
    const char *at = pairs;
    size_t count = 0;

    assert(pairs != NULL);
    if (query_decode(query, pairs, &count))
        return;
    for (size_t i = 0; i < 2 * count; i++) {
        check_text(at);
        at += strlen(at) + 1;
    }
    assert(at <= pairs + QUERY_PAIRS_SIZE(length));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(cleanup_free) char *text = calloc(1, size + 1);
    CLEANUP(cleanup_free) char *path = malloc(size + 1);

    assert(text != NULL && path != NULL);
    memcpy(text, data, size);
    if (!query_decode_path(text, strlen(text), path))
        check_text(path);
    check_query(text, strlen(text));
    return 0;
}
