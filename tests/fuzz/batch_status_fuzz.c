/* What Redis answers, from the wire to the view of a batch: two fields a hash, NULs and all. */
#include "lib/redis/batch_status.h"

#include <assert.h>
#include <string.h>

#include <hiredis/hiredis.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct batch_status_view *view)
{
    assert(view->count <= view->capacity);
    for (size_t i = 0; i < view->capacity; ++i) {
        const struct batch_item_status *item = &view->items[i];

        assert(item->index == i);
        assert(item->json == NULL || (item->json[0] == '{' && i < view->count));
        assert(item->rank >= 0 && item->rank <= BATCH_RANK_FINAL && item->updated_at_us >= 0);
    }
}

static char *copy(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    assert(text != NULL);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char index_name[] = "i:3", head_name[] = "head";
    const uint8_t *cut = size > 0 ? memchr(data, '\n', size) : NULL;
    const size_t first = cut != NULL ? (size_t)(cut - data) : size;
    CLEANUP(cleanup_free) char *left = copy(data, first);
    CLEANUP(cleanup_free)
    char *right = copy(cut != NULL ? cut + 1 : data, cut != NULL ? size - first - 1 : 0);
    struct redisReply texts[] = {
        {.type = REDIS_REPLY_STRING, .str = left,       .len = first        },
        {.type = REDIS_REPLY_STRING, .str = right,      .len = strlen(right)},
        {.type = REDIS_REPLY_STRING, .str = index_name, .len = 3            },
        {.type = REDIS_REPLY_STRING, .str = left,       .len = first        },
        {.type = REDIS_REPLY_STRING, .str = head_name,  .len = 4            },
        {.type = REDIS_REPLY_STRING, .str = right,      .len = strlen(right)},
    };
    struct redisReply *elements[ARRAY_LENGTH(texts)];
    struct redisReply reply = {
        .type = REDIS_REPLY_ARRAY, .elements = ARRAY_LENGTH(texts), .element = elements};
    struct batch_item_status items[8];
    struct batch_status_view view = {.items = items, .capacity = ARRAY_LENGTH(items)};

    for (size_t i = 0; i < ARRAY_LENGTH(texts); ++i)
        elements[i] = &texts[i];
    batch_status_parse(&reply, &view);
    check(&view);
    return 0;
}
