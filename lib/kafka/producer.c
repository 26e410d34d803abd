#include "lib/kafka/producer.h"

#include "lib/kafka/client.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

enum {
    POLL_MS = 50,
    PURGE_MS = 5000,
};

struct kafka_producer {
    rd_kafka_t *client;
    pthread_t poller;
    atomic_bool stopping;
    /* Written before `stopping`. */
    int drain_ms;
};

/* Who hears of one message. */
struct ticket {
    kafka_delivered_fn delivered;
    void *context;
};

static enum fault fault_of(rd_kafka_resp_err_t code)
{
    const bool is_hard = code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ||
                         code == RD_KAFKA_RESP_ERR_INVALID_RECORD ||
                         code == RD_KAFKA_RESP_ERR__FATAL;

    return is_hard ? FAULT_HARD : FAULT_RETRY;
}

static void acknowledge(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque)
{
    CLEANUP(cleanup_free) struct ticket *ticket = message->_private;
    struct error error = {0};
    int outcome = 0;

    (void)client;
    (void)opaque;
    if (ticket == NULL)
        return;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
        outcome =
            error_set(&error, fault_of(message->err), "kafka: %s", rd_kafka_err2str(message->err));
    ticket->delivered(ticket->context, outcome, &error);
}

/* Sends what is queued within the time given; what is left then fails, and is heard of too. */
static void drain(struct kafka_producer *producer)
{
    (void)rd_kafka_flush(producer->client, producer->drain_ms);
    (void)rd_kafka_purge(producer->client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    (void)rd_kafka_flush(producer->client, PURGE_MS);
}

/* Also drains, so that every delivery is told on this thread. */
static void *poll_forever(void *context)
{
    struct kafka_producer *producer = context;

    while (!atomic_load(&producer->stopping))
        (void)rd_kafka_poll(producer->client, POLL_MS);
    drain(producer);
    return NULL;
}

static int make_client(const struct kafka_producer_options *options, rd_kafka_t **ret_client,
                       struct error *error)
{
    const struct kafka_setting settings[] = {
        {"client.id",                               options->client_id,                                           0                          },
        {"enable.idempotence",                      "true",                                                       0                          },
        {"acks",                                    "all",                                                        0                          },
        {"compression.type",                        options->compression != NULL ? options->compression : "none", 0                          },
        {"linger.ms",                               NULL,                                                         options->linger_ms         },
        {"message.timeout.ms",                      NULL,                                                         options->message_timeout_ms},
        {"queue.buffering.max.messages",            NULL,                                                         options->queue_limit       },
        {"socket.timeout.ms",                       NULL,                                                         6000                       },
        {"retry.backoff.ms",                        NULL,                                                         50                         },
        {"topic.metadata.refresh.fast.interval.ms", NULL,                                                         100                        },
    };
    CLEANUP(kafka_conf_destroy) rd_kafka_conf_t *conf = NULL;
    char text[256];
    int result = kafka_conf_new(options->brokers, settings, ARRAY_LENGTH(settings), &conf, error);

    if (result != 0)
        return result;
    rd_kafka_conf_set_dr_msg_cb(conf, acknowledge);
    *ret_client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof(text));
    if (*ret_client == NULL)
        return error_set(error, FAULT_HARD, "kafka producer: %s", text);
    conf = NULL; /* the client's now */
    return 0;
}

int kafka_producer_new(const struct kafka_producer_options *options,
                       struct kafka_producer **ret_producer, struct error *error)
{
    CLEANUP(cleanup_free) struct kafka_producer *producer = calloc(1, sizeof(*producer));
    int result;

    if (producer == NULL)
        return error_set(error, FAULT_HARD, "kafka producer: no memory");
    result = make_client(options, &producer->client, error);
    if (result != 0)
        return result;
    if (pthread_create(&producer->poller, NULL, poll_forever, producer) != 0) {
        rd_kafka_destroy(producer->client);
        return error_set(error, FAULT_HARD, "kafka producer: no thread");
    }
    *ret_producer = TAKE(producer);
    return 0;
}

void kafka_producer_free(struct kafka_producer *producer, int64_t timeout_ms)
{
    if (producer == NULL)
        return;
    producer->drain_ms = (int)timeout_ms;
    atomic_store(&producer->stopping, true);
    (void)pthread_join(producer->poller, NULL);
    rd_kafka_destroy(producer->client);
    free(producer);
}

static rd_kafka_headers_t *copy_headers(const struct kafka_message *message)
{
    rd_kafka_headers_t *headers;

    if (message->header_count == 0)
        return NULL;
    headers = rd_kafka_headers_new(message->header_count);
    for (size_t i = 0; i < message->header_count; ++i)
        (void)rd_kafka_header_add(headers, message->headers[i].name, -1, message->headers[i].value,
                                  (ssize_t)message->headers[i].length);
    return headers;
}

/* librdkafka takes pointers that are not const and does not write to what they point to. */
static void *unconst(const void *data)
{
    union {
        const void *given;
        void *taken;
    } pointer = {.given = data};

    return pointer.taken;
}

static rd_kafka_resp_err_t enqueue(rd_kafka_t *client, const struct kafka_message *message,
                                   struct ticket *ticket)
{
    rd_kafka_headers_t *headers = copy_headers(message);
    const rd_kafka_resp_err_t code =
        rd_kafka_producev(client, RD_KAFKA_V_TOPIC(message->topic),
                          RD_KAFKA_V_KEY(unconst(message->key), message->key_length),
                          RD_KAFKA_V_VALUE(unconst(message->value), message->value_length),
                          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_HEADERS(headers),
                          RD_KAFKA_V_OPAQUE(ticket), RD_KAFKA_V_END);

    if (code != RD_KAFKA_RESP_ERR_NO_ERROR && headers != NULL)
        rd_kafka_headers_destroy(headers);
    return code;
}

int kafka_producer_send(struct kafka_producer *producer, const struct kafka_message *message,
                        kafka_delivered_fn delivered, void *context, struct error *error)
{
    CLEANUP(cleanup_free) struct ticket *ticket = NULL;
    rd_kafka_resp_err_t code;

    if (delivered != NULL) {
        ticket = malloc(sizeof(*ticket));
        if (ticket == NULL)
            return error_set(error, FAULT_HARD, "kafka producer: no memory");
        *ticket = (struct ticket){delivered, context};
    }
    code = enqueue(producer->client, message, ticket);
    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL)
        return KAFKA_PRODUCER_FULL;
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return error_set(error, fault_of(code), "kafka producer: %s", rd_kafka_err2str(code));
    ticket = NULL; /* the delivery report's */
    return 0;
}

int64_t kafka_producer_backlog(const struct kafka_producer *producer)
{
    return rd_kafka_outq_len(producer->client);
}
