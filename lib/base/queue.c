#include "lib/base/queue.h"

#include "lib/base/condition.h"

#include <assert.h>

struct queue {
    pthread_mutex_t mutex;
    pthread_cond_t filled;
    size_t limit, head, length;
    bool closed;
    void *items[];
};

struct queue *queue_new(size_t limit)
{
    struct queue *queue = calloc(1, sizeof(*queue) + limit * sizeof(queue->items[0]));

    assert(limit > 0);
    if (queue == NULL)
        return NULL;
    queue->limit = limit;
    (void)pthread_mutex_init(&queue->mutex, NULL);
    condition_init(&queue->filled);
    return queue;
}

void queue_free(struct queue *queue)
{
    if (queue == NULL)
        return;
    assert(queue->length == 0);
    (void)pthread_cond_destroy(&queue->filled);
    (void)pthread_mutex_destroy(&queue->mutex);
    free(queue);
}

int queue_put(struct queue *queue, void *item)
{
    int refusal = 0;

    (void)pthread_mutex_lock(&queue->mutex);
    if (queue->closed)
        refusal = QUEUE_CLOSED;
    else if (queue->length == queue->limit)
        refusal = QUEUE_FULL;
    else
        queue->items[(queue->head + queue->length++) % queue->limit] = item;
    (void)pthread_mutex_unlock(&queue->mutex);
    if (refusal == 0)
        (void)pthread_cond_signal(&queue->filled);
    return refusal;
}

static void wait_for_items(struct queue *queue, int64_t timeout_ms)
{
    const struct timespec deadline = condition_deadline_in(timeout_ms > 0 ? timeout_ms : 0);
    int result = 0;

    while (queue->length == 0 && !queue->closed && result == 0 && timeout_ms != 0)
        result = timeout_ms < 0 ? pthread_cond_wait(&queue->filled, &queue->mutex)
                                : pthread_cond_timedwait(&queue->filled, &queue->mutex, &deadline);
}

size_t queue_take(struct queue *queue, void **ret_items, size_t limit, int64_t timeout_ms)
{
    size_t taken = 0;

    (void)pthread_mutex_lock(&queue->mutex);
    wait_for_items(queue, timeout_ms);
    for (; taken < limit && queue->length > 0; ++taken, --queue->length) {
        ret_items[taken] = queue->items[queue->head];
        queue->head = (queue->head + 1) % queue->limit;
    }
    (void)pthread_mutex_unlock(&queue->mutex);
    return taken;
}

void queue_close(struct queue *queue)
{
    (void)pthread_mutex_lock(&queue->mutex);
    queue->closed = true;
    (void)pthread_mutex_unlock(&queue->mutex);
    (void)pthread_cond_broadcast(&queue->filled);
}

bool queue_is_closed(struct queue *queue)
{
    bool closed;

    (void)pthread_mutex_lock(&queue->mutex);
    closed = queue->closed;
    (void)pthread_mutex_unlock(&queue->mutex);
    return closed;
}

size_t queue_length(struct queue *queue)
{
    size_t length;

    (void)pthread_mutex_lock(&queue->mutex);
    length = queue->length;
    (void)pthread_mutex_unlock(&queue->mutex);
    return length;
}
