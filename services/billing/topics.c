#include "services/billing/topics.h"

#include "lib/kafka/topics.h"

#include <stdio.h>

enum {
    WORK_PARTITIONS = 12,
    /* Shared evenly by 1, 2, 3, 4, 6, 8, 12 or 24 workers a location. */
    COMMAND_PARTITIONS = 24,
    DEAD_PARTITIONS = 1,
    /* The broker's default.replication.factor: the operator's choice, not ours. */
    BROKERS_REPLICATION = -1,
    ANSWER_TIMEOUT_MS = 15000,
    NAME_SIZE = 64,
    /* Those of the results and of the events. */
    FIXED = 4,
};

struct topic_name {
    char text[NAME_SIZE];
};

/* A topic and its dead letters. */
static void add_pair(struct kafka_topic *topics, struct topic_name *names, const char *prefix,
                     const char *suffix, int partitions)
{
    (void)snprintf(names[0].text, NAME_SIZE, "%s%s", prefix, suffix);
    (void)snprintf(names[1].text, NAME_SIZE, "%s%s.dead", prefix, suffix);
    topics[0] = (struct kafka_topic){names[0].text, partitions, BROKERS_REPLICATION};
    topics[1] = (struct kafka_topic){names[1].text, DEAD_PARTITIONS, BROKERS_REPLICATION};
}

int topics_ensure(const char *brokers, const struct inventory *inventory, struct error *error)
{
    const size_t count = FIXED + inventory->location_count * 2;
    CLEANUP(cleanup_free) struct kafka_topic *topics = calloc(count, sizeof(topics[0]));
    CLEANUP(cleanup_free) struct topic_name *names = calloc(count, sizeof(names[0]));

    if (topics == NULL || names == NULL)
        return error_set(error, FAULT_HARD, "no memory for topics");
    add_pair(topics, names, TOPIC_RESULTS, "", WORK_PARTITIONS);
    add_pair(topics + 2, names + 2, TOPIC_EVENTS, "", WORK_PARTITIONS);
    for (size_t i = 0; i < inventory->location_count; ++i)
        add_pair(topics + FIXED + i * 2, names + FIXED + i * 2, TOPIC_COMMANDS_PREFIX,
                 inventory->locations[i].code, COMMAND_PARTITIONS);
    return kafka_topics_ensure(brokers, topics, count, ANSWER_TIMEOUT_MS, error);
}
