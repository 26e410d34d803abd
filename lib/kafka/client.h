/* What every librdkafka client of ours has in common. Private to lib/kafka. */
#pragma once

#include "lib/base/error.h"

#include <stdint.h>

#include <librdkafka/rdkafka.h>

struct kafka_setting {
    const char *name;
    /* NULL: the number counts. */
    const char *text;
    int64_t number;
};

/* A configuration with the brokers, these settings, our log and our error callback. FAULT_HARD
 * names the setting that librdkafka does not take. */
MUST_CHECK int kafka_conf_new(const char *brokers, const struct kafka_setting *settings,
                              size_t count, rd_kafka_conf_t **ret_conf, struct error *error);

static inline void kafka_conf_destroy(rd_kafka_conf_t **conf)
{
    if (*conf != NULL)
        rd_kafka_conf_destroy(*conf);
}
