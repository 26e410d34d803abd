/* Creates topics that are missing (Admin API). */
#pragma once

#include "lib/base/error.h"

struct kafka_topic {
    const char *name;
    int partitions;
    int replication;
};

/* Topics that exist are left as they are. FAULT_RETRY: no broker answered within `timeout_ms`. */
MUST_CHECK int kafka_topics_ensure(const char *brokers, const struct kafka_topic *topics,
                                   size_t count, int timeout_ms, struct error *error);
