/* Prints what happens on hosting.events, a line an event: type, subject, key and what it says.
 *
 *   consumer BROKERS GROUP
 *
 * What the group has printed before is not printed again; a new group begins with the oldest event.
 * Ends on SIGTERM. Needs librdkafka and protobuf-c, and events.pb-c.c: protoc-c --c_out=.
 * events.proto */
#include "proto/events.pb-c.h"

#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REMEMBERED = 4096, ID_SIZE = 128, POLL_MS = 500 };

static const char topic[] = "hosting.events";
static volatile sig_atomic_t is_stopping;

static void stop(int number)
{
    (void)number;
    is_stopping = 1;
}

/* The last ids, to drop events that come again. A database would keep them with what they did. */
struct recent {
    char ids[REMEMBERED][ID_SIZE];
    size_t next;
};

static bool is_repeat(struct recent *recent, const char *id)
{
    for (size_t i = 0; i < REMEMBERED; ++i)
        if (strcmp(recent->ids[i], id) == 0)
            return true;
    (void)snprintf(recent->ids[recent->next++ % REMEMBERED], ID_SIZE, "%s", id);
    return false;
}

/* A header's text; "" when it is missing or too long. */
static void copy_header(const rd_kafka_headers_t *headers, const char *name,
                        char ret_text[static ID_SIZE])
{
    const void *value;
    size_t length;

    ret_text[0] = '\0';
    if (headers != NULL &&
        rd_kafka_header_get_last(headers, name, &value, &length) == RD_KAFKA_RESP_ERR_NO_ERROR &&
        length < ID_SIZE) {
        memcpy(ret_text, value, length);
        ret_text[length] = '\0';
    }
}

static void print_checkout(const ProtobufCMessage *message)
{
    const Slipway__V1__CheckoutEvent *event = (const Slipway__V1__CheckoutEvent *)message;

    (void)printf("total=%" PRIu32 " failed=%" PRIu32 " charged_cents=%" PRId64, event->total,
                 event->failed, event->charged_cents);
}

static void print_vps(const ProtobufCMessage *message)
{
    const Slipway__V1__VpsEvent *event = (const Slipway__V1__VpsEvent *)message;

    (void)printf("status=%s address=%s", event->status, event->address);
}

static void print_balance(const ProtobufCMessage *message)
{
    const Slipway__V1__BalanceEvent *event = (const Slipway__V1__BalanceEvent *)message;

    (void)printf("amount_cents=%" PRId64 " balance_cents=%" PRId64, event->amount_cents,
                 event->balance_cents);
}

/* The messages of which more than the headers is printed. */
static const struct schema {
    const char *name;
    const ProtobufCMessageDescriptor *descriptor;
    void (*print)(const ProtobufCMessage *message);
} schemas[] = {
    {"urn:slipway:proto:slipway.v1.CheckoutEvent", &slipway__v1__checkout_event__descriptor,
     print_checkout                                                                                   },
    {"urn:slipway:proto:slipway.v1.VpsEvent",      &slipway__v1__vps_event__descriptor,      print_vps},
    {"urn:slipway:proto:slipway.v1.BalanceEvent",  &slipway__v1__balance_event__descriptor,
     print_balance                                                                                    },
};

static void print_data(const rd_kafka_message_t *message, const char *name)
{
    for (size_t i = 0; i < sizeof(schemas) / sizeof(schemas[0]); ++i) {
        ProtobufCMessage *data;

        if (strcmp(schemas[i].name, name) != 0)
            continue;
        data =
            protobuf_c_message_unpack(schemas[i].descriptor, NULL, message->len, message->payload);
        if (data != NULL)
            schemas[i].print(data);
        protobuf_c_message_free_unpacked(data, NULL);
    }
}

static void handle(struct recent *recent, const rd_kafka_message_t *message)
{
    char id[ID_SIZE], type[ID_SIZE], subject[ID_SIZE], schema[ID_SIZE];
    rd_kafka_headers_t *headers = NULL;

    (void)rd_kafka_message_headers(message, &headers);
    copy_header(headers, "ce_id", id);
    if (is_repeat(recent, id))
        return;
    copy_header(headers, "ce_type", type);
    copy_header(headers, "ce_subject", subject);
    copy_header(headers, "ce_dataschema", schema);
    (void)printf("%s %s %.*s ", type, subject, (int)message->key_len, (const char *)message->key);
    print_data(message, schema);
    (void)printf("\n");
    (void)fflush(stdout);
}

/* Only what was handled is stored, so what was not comes again after a crash. */
static void poll_once(rd_kafka_t *consumer, struct recent *recent)
{
    rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, POLL_MS);

    if (message == NULL)
        return;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        (void)fprintf(stderr, "%s\n", rd_kafka_message_errstr(message));
    } else {
        handle(recent, message);
        (void)rd_kafka_offset_store(message->rkt, message->partition, message->offset);
    }
    rd_kafka_message_destroy(message);
}

/* NULL: why was printed. */
static rd_kafka_t *join(const char *brokers, const char *group)
{
    const char *const settings[][2] = {
        {"bootstrap.servers",        brokers   },
        {"group.id",                 group     },
        {"auto.offset.reset",        "earliest"},
        {"enable.auto.offset.store", "false"   },
    };
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_t *consumer;
    char error[256];

    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); ++i)
        (void)rd_kafka_conf_set(conf, settings[i][0], settings[i][1], NULL, 0);
    (void)rd_kafka_topic_partition_list_add(topics, topic, RD_KAFKA_PARTITION_UA);
    consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof(error));
    if (consumer == NULL) {
        (void)fprintf(stderr, "%s\n", error);
        rd_kafka_conf_destroy(conf);
    } else {
        (void)rd_kafka_poll_set_consumer(consumer);
        (void)rd_kafka_subscribe(consumer, topics);
    }
    rd_kafka_topic_partition_list_destroy(topics);
    return consumer;
}

int main(int argc, char **argv)
{
    const struct sigaction action = {.sa_handler = stop};
    struct recent *recent = calloc(1, sizeof(*recent));
    rd_kafka_t *consumer;

    if (argc != 3 || recent == NULL) {
        (void)fprintf(stderr, "usage: %s BROKERS GROUP\n", argv[0]);
        free(recent);
        return 2;
    }
    (void)sigaction(SIGTERM, &action, NULL);
    consumer = join(argv[1], argv[2]);
    while (consumer != NULL && !is_stopping)
        poll_once(consumer, recent);
    if (consumer != NULL) {
        (void)rd_kafka_consumer_close(consumer);
        rd_kafka_destroy(consumer);
    }
    free(recent);
    return consumer == NULL;
}
