#include "lib/kafka/client.h"

#include "lib/base/log.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    /* syslog's, as librdkafka uses them. */
    SYSLOG_ERROR = 3,
    SYSLOG_WARNING = 4,
};

static void write_log(const rd_kafka_t *client, int level, const char *facility, const char *text)
{
    if (level > SYSLOG_WARNING)
        return;
    log_event(level <= SYSLOG_ERROR ? LOG_ERROR : LOG_WARNING, NULL, "kafka client",
              LOG_TEXT("client", rd_kafka_name(client)), LOG_TEXT("facility", facility),
              LOG_TEXT("text", text));
}

static void note_error(rd_kafka_t *client, int code, const char *reason, void *opaque)
{
    (void)opaque;
    log_event(LOG_WARNING, NULL, "kafka trouble", LOG_TEXT("client", rd_kafka_name(client)),
              LOG_TEXT("code", rd_kafka_err2name((rd_kafka_resp_err_t)code)),
              LOG_TEXT("text", reason));
}

const char *kafka_number(int64_t number, char buffer[static KAFKA_NUMBER_SIZE])
{
    (void)snprintf(buffer, KAFKA_NUMBER_SIZE, "%" PRId64, number);
    return buffer;
}

int kafka_conf_new(const struct kafka_setting *settings, size_t count, rd_kafka_conf_t **ret_conf,
                   struct error *error)
{
    CLEANUP(kafka_conf_destroy) rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char text[256];

    for (size_t i = 0; i < count; ++i)
        if (rd_kafka_conf_set(conf, settings[i].name, settings[i].value, text, sizeof(text)) !=
            RD_KAFKA_CONF_OK)
            return error_set(error, FAULT_HARD, "kafka: %s: %s", settings[i].name, text);
    rd_kafka_conf_set_log_cb(conf, write_log);
    rd_kafka_conf_set_error_cb(conf, note_error);
    *ret_conf = TAKE(conf);
    return 0;
}
