/* What every librdkafka client of ours has in common. Private to lib/kafka. */
#pragma once

#include "lib/base/error.h"

#include <librdkafka/rdkafka.h>

struct kafka_setting {
    const char *name;
    const char *value;
};

enum { KAFKA_NUMBER_SIZE = 24 };

/* A number as librdkafka takes it. Returns `buffer`. */
const char *kafka_number(int64_t number, char buffer[static KAFKA_NUMBER_SIZE]);

/* A configuration with these settings, our log and our error callback. FAULT_HARD names the setting
 * that librdkafka does not take. */
MUST_CHECK int kafka_conf_new(const struct kafka_setting *settings, size_t count,
                              rd_kafka_conf_t **ret_conf, struct error *error);

static inline void kafka_conf_destroy(rd_kafka_conf_t **conf)
{
    if (*conf != NULL)
        rd_kafka_conf_destroy(*conf);
}
