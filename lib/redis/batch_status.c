#include "lib/redis/batch_status.h"

#include "lib/base/buffer.h"
#include "lib/redis/script.h"
#include "lib/redis/wait.h"

#include "embedded.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Seconds a batch's status lives: 7 days. */
static const char life[] = "604800";

static const struct redis_script advance_script = {embedded_batch_status, BATCH_STATUS_SHA1};

enum {
    /* The number of keys, the key, the life, the head. */
    FIXED_ARGUMENTS = 4,
    KEY_EXTRA = 9,
};

void batch_status_key(const char *batch_id, char *ret_key, size_t size)
{
    const int length = snprintf(ret_key, size, "batch:{%s}", batch_id);

    assert(length > 0 && (size_t)length < size);
}

/* What a script call is made of; the texts stand in `text`, one after the other. */
struct advance {
    char *key;
    struct redis_argument *arguments;
    size_t count;
    struct buffer text;
};

static void advance_deinit(struct advance *advance)
{
    free(advance->key);
    free(advance->arguments);
    buffer_deinit(&advance->text);
}

static void append_item(struct advance *advance, const struct batch_item_status *item)
{
    const size_t start = advance->text.length;
    size_t middle;

    assert(item->rank >= 0 && item->rank <= BATCH_RANK_FINAL);
    buffer_append_format(&advance->text, "%" PRIu32, item->index);
    middle = advance->text.length;
    buffer_append_format(&advance->text, "%" PRId64 "|%" PRId64 "|", item->rank,
                         item->updated_at_us);
    buffer_append_text(&advance->text, item->json);
    advance->arguments[advance->count++].length = middle - start;
    advance->arguments[advance->count++].length = advance->text.length - middle;
}

/* The buffer moves while it grows, so the arguments point into it only at the end. */
static void point_at_items(struct advance *advance)
{
    const char *data = advance->text.data;

    for (size_t i = FIXED_ARGUMENTS; i < advance->count; ++i) {
        advance->arguments[i].data = data;
        data += advance->arguments[i].length;
    }
}

static int advance_init(struct advance *advance, const char *batch_id, const char *head_json,
                        const struct batch_item_status *items, size_t count, struct error *error)
{
    const size_t key_size = strlen(batch_id) + KEY_EXTRA;

    *advance = (struct advance){
        .key = malloc(key_size),
        .arguments = calloc(FIXED_ARGUMENTS + 2 * count, sizeof(advance->arguments[0]))};
    if (advance->key == NULL || advance->arguments == NULL)
        return error_set(error, FAULT_HARD, "no memory");
    batch_status_key(batch_id, advance->key, key_size);
    advance->arguments[advance->count++] = REDIS_TEXT("1");
    advance->arguments[advance->count++] = REDIS_TEXT(advance->key);
    advance->arguments[advance->count++] = REDIS_TEXT(life);
    advance->arguments[advance->count++] = REDIS_TEXT(head_json);
    for (size_t i = 0; i < count; ++i)
        append_item(advance, &items[i]);
    point_at_items(advance);
    return advance->text.overflown ? error_set(error, FAULT_HARD, "no memory") : 0;
}

int batch_status_rebuild(struct redis *redis, const char *batch_id, const char *head_json,
                         const struct batch_item_status *items, size_t count,
                         redis_answered_fn answered, void *context, struct error *error)
{
    CLEANUP(advance_deinit) struct advance advance;
    int result = advance_init(&advance, batch_id, head_json, items, count, error);

    if (result != 0)
        return result;
    return redis_script_call(redis, &advance_script, advance.arguments, advance.count, answered,
                             context, error);
}

int batch_status_advance(struct redis *redis, const struct batch_item_status *status,
                         redis_answered_fn answered, void *context, struct error *error)
{
    return batch_status_rebuild(redis, status->batch_id, "", status, 1, answered, context, error);
}

static void stop_waiting(void *context, int outcome, const struct redisReply *reply,
                         const struct error *error)
{
    (void)reply;
    redis_wait_settle(context, outcome, NULL, error);
}

int batch_status_advance_wait(struct redis *redis, const struct batch_item_status *status,
                              struct error *error)
{
    CLEANUP(redis_wait_deinit) struct redis_wait wait;
    int result;

    redis_wait_init(&wait);
    result = batch_status_advance(redis, status, stop_waiting, &wait, error);
    return result == 0 ? redis_wait_finish(&wait, NULL, error) : result;
}

int batch_status_read(struct redis *redis, const char *batch_id, redis_answered_fn answered,
                      void *context, struct error *error)
{
    const size_t key_size = strlen(batch_id) + KEY_EXTRA;
    CLEANUP(cleanup_free) char *key = malloc(key_size);
    struct redis_argument arguments[2];

    if (key == NULL)
        return error_set(error, FAULT_HARD, "no memory");
    batch_status_key(batch_id, key, key_size);
    arguments[0] = REDIS_TEXT("HGETALL");
    arguments[1] = REDIS_TEXT(key);
    return redis_call(redis, arguments, ARRAY_LENGTH(arguments), answered, context, error);
}
