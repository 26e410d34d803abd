#include "lib/kafka/client.h"

#include "lib/base/log.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    /* syslog's, as librdkafka uses them. */
    SYSLOG_ERROR = 3,
    SYSLOG_WARNING = 4,
    NUMBER_SIZE = 24,
    TEXT_SIZE = 256,
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

static int set(rd_kafka_conf_t *conf, const struct kafka_setting *setting, struct error *error)
{
    char number[NUMBER_SIZE], text[TEXT_SIZE];
    const char *value = setting->text != NULL ? setting->text : number;

    (void)snprintf(number, sizeof(number), "%" PRId64, setting->number);
    if (rd_kafka_conf_set(conf, setting->name, value, text, sizeof(text)) == RD_KAFKA_CONF_OK)
        return 0;
    return error_set(error, FAULT_HARD, "kafka: %s: %s", setting->name, text);
}

int kafka_conf_new(const char *brokers, const struct kafka_setting *settings, size_t count,
                   rd_kafka_conf_t **ret_conf, struct error *error)
{
    /* Short backoffs: a broker that comes back is found within a second. */
    const struct kafka_setting shared[] = {
        {"bootstrap.servers",        brokers, 0   },
        {"reconnect.backoff.ms",     NULL,    50  },
        {"reconnect.backoff.max.ms", NULL,    1000},
        {"socket.nagle.disable",     "true",  0   },
        {"log.connection.close",     "false", 0   },
    };
    CLEANUP(kafka_conf_destroy) rd_kafka_conf_t *conf = rd_kafka_conf_new();
    int result = 0;

    for (size_t i = 0; i < ARRAY_LENGTH(shared) && result == 0; ++i)
        result = set(conf, &shared[i], error);
    for (size_t i = 0; i < count && result == 0; ++i)
        result = set(conf, &settings[i], error);
    if (result != 0)
        return result;
    rd_kafka_conf_set_log_cb(conf, write_log);
    rd_kafka_conf_set_error_cb(conf, note_error);
    *ret_conf = TAKE(conf);
    return 0;
}
