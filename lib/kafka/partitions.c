#include "lib/kafka/consumer_private.h"

#include "lib/base/clock.h"
#include "lib/base/condition.h"
#include "lib/base/log.h"

#include <string.h>

enum {
    /* How long a rebalance waits for handlers of a partition that goes away. Less than the session
     * timeout, or the member would be thrown out for its patience. */
    REVOKE_WAIT_MS = 2000,
};

struct partition *partition_find(const struct kafka_consumer *consumer, const char *topic,
                                 int32_t number)
{
    struct partition *partition = consumer->partitions;

    while (partition != NULL &&
           (partition->number != number || strcmp(partition->topic, topic) != 0))
        partition = partition->next;
    return partition;
}

static void free_partition(struct partition *partition)
{
    offsets_deinit(&partition->offsets);
    free(partition->topic);
    free(partition);
}

void partition_drop_if_unused(struct partition *partition)
{
    if (partition->detached && partition->open == 0)
        free_partition(partition);
}

static void add(struct kafka_consumer *consumer, const char *topic, int32_t number)
{
    struct partition *partition = calloc(1, sizeof(*partition));

    if (partition == NULL)
        return; /* its records are then dropped unread and come again */
    partition->topic = strdup(topic);
    partition->number = number;
    if (partition->topic == NULL) {
        free_partition(partition);
        return;
    }
    partition->next = consumer->partitions;
    consumer->partitions = partition;
}

static void detach(struct kafka_consumer *consumer, struct partition *gone)
{
    struct partition **place = &consumer->partitions;

    while (*place != gone)
        place = &(*place)->next;
    *place = gone->next;
    gone->detached = true;
    partition_drop_if_unused(gone);
}

void partitions_free(struct kafka_consumer *consumer)
{
    while (consumer->partitions != NULL)
        detach(consumer, consumer->partitions);
}

/* What can be committed and was not sent yet, or `all`: an answer may still be out. */
static rd_kafka_topic_partition_list_t *committable(struct kafka_consumer *consumer, bool all)
{
    rd_kafka_topic_partition_list_t *offsets = rd_kafka_topic_partition_list_new(8);

    for (struct partition *p = consumer->partitions; p != NULL; p = p->next) {
        if (p->offsets.committable == 0 || (!all && p->offsets.committable <= p->committed))
            continue;
        rd_kafka_topic_partition_list_add(offsets, p->topic, p->number)->offset =
            p->offsets.committable;
        p->committed = p->offsets.committable;
    }
    return offsets;
}

void partitions_committed(rd_kafka_t *client, rd_kafka_resp_err_t code,
                          rd_kafka_topic_partition_list_t *list, void *opaque)
{
    struct kafka_consumer *consumer = opaque;

    (void)client;
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR__NO_OFFSET || list == NULL)
        return;
    log_event(LOG_WARNING, NULL, "offsets were not committed",
              LOG_TEXT("group", consumer->options.group),
              LOG_TEXT("code", rd_kafka_err2name(code)));
    (void)pthread_mutex_lock(&consumer->mutex);
    for (int i = 0; i < list->cnt; ++i) {
        struct partition *partition =
            partition_find(consumer, list->elems[i].topic, list->elems[i].partition);

        if (partition != NULL)
            partition->committed = 0;
    }
    (void)pthread_mutex_unlock(&consumer->mutex);
}

void partitions_commit(struct kafka_consumer *consumer, bool wait)
{
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_topic_partition_list_t *offsets;

    (void)pthread_mutex_lock(&consumer->mutex);
    offsets = committable(consumer, wait);
    (void)pthread_mutex_unlock(&consumer->mutex);
    if (offsets->cnt > 0)
        code = rd_kafka_commit(consumer->client, offsets, !wait);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        partitions_committed(consumer->client, code, offsets, consumer);
    rd_kafka_topic_partition_list_destroy(offsets);
}

/* Before the partition is fetched from, so that all its records take the same way. */
static void divert_records(struct kafka_consumer *consumer, const char *topic, int32_t number)
{
    rd_kafka_queue_t *queue = rd_kafka_queue_get_partition(consumer->client, topic, number);

    if (queue == NULL)
        return;
    rd_kafka_queue_forward(queue, consumer->records);
    rd_kafka_queue_destroy(queue);
}

static void assign(struct kafka_consumer *consumer, const rd_kafka_topic_partition_list_t *list)
{
    for (int i = 0; i < list->cnt; ++i)
        divert_records(consumer, list->elems[i].topic, list->elems[i].partition);
    (void)pthread_mutex_lock(&consumer->mutex);
    for (int i = 0; i < list->cnt; ++i)
        add(consumer, list->elems[i].topic, list->elems[i].partition);
    (void)pthread_mutex_unlock(&consumer->mutex);
}

static bool handlers_run(const struct kafka_consumer *consumer,
                         const rd_kafka_topic_partition_list_t *list)
{
    for (int i = 0; i < list->cnt; ++i) {
        const struct partition *partition =
            partition_find(consumer, list->elems[i].topic, list->elems[i].partition);

        if (partition != NULL && partition->begun > 0)
            return true;
    }
    return false;
}

static void await_handlers(struct kafka_consumer *consumer,
                           const rd_kafka_topic_partition_list_t *list)
{
    const struct timespec deadline = condition_deadline_in(REVOKE_WAIT_MS);

    while (!consumer->abandoned && handlers_run(consumer, list))
        if (pthread_cond_timedwait(&consumer->begun_changed, &consumer->mutex, &deadline) != 0)
            return;
}

static void mark_revoked(struct kafka_consumer *consumer,
                         const rd_kafka_topic_partition_list_t *list)
{
    for (int i = 0; i < list->cnt; ++i) {
        struct partition *partition =
            partition_find(consumer, list->elems[i].topic, list->elems[i].partition);

        if (partition != NULL)
            partition->revoked = true;
    }
    (void)lanes_wake(consumer, clock_monotonic_ms());
    (void)pthread_cond_broadcast(&consumer->ready_changed);
}

static void revoke(struct kafka_consumer *consumer, const rd_kafka_topic_partition_list_t *list)
{
    const bool lost = rd_kafka_assignment_lost(consumer->client) != 0;
    bool closing;

    (void)pthread_mutex_lock(&consumer->mutex);
    closing = consumer->closing;
    if (!closing)
        consumer->partitions_lost += (uint64_t)list->cnt;
    mark_revoked(consumer, list);
    if (!lost)
        await_handlers(consumer, list);
    (void)pthread_mutex_unlock(&consumer->mutex);
    /* Who closes has committed already, and the group may have let this member go by now. */
    if (!lost && !closing)
        partitions_commit(consumer, true);
    (void)pthread_mutex_lock(&consumer->mutex);
    for (int i = 0; i < list->cnt; ++i) {
        struct partition *partition =
            partition_find(consumer, list->elems[i].topic, list->elems[i].partition);

        if (partition != NULL)
            detach(consumer, partition);
    }
    (void)pthread_mutex_unlock(&consumer->mutex);
}

void partitions_rebalance(rd_kafka_t *client, rd_kafka_resp_err_t code,
                          rd_kafka_topic_partition_list_t *list, void *opaque)
{
    struct kafka_consumer *consumer = opaque;
    rd_kafka_error_t *trouble;

    if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        assign(consumer, list);
        trouble = rd_kafka_incremental_assign(client, list);
    } else {
        revoke(consumer, list);
        trouble = rd_kafka_incremental_unassign(client, list);
    }
    log_event(LOG_INFO, NULL,
              code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS ? "partitions assigned"
                                                           : "partitions revoked",
              LOG_TEXT("group", consumer->options.group), LOG_NUMBER("count", list->cnt),
              LOG_TEXT("trouble", trouble != NULL ? rd_kafka_error_string(trouble) : ""));
    if (trouble != NULL)
        rd_kafka_error_destroy(trouble);
}
