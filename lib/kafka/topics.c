#include "lib/kafka/topics.h"

#include "lib/kafka/client.h"

enum { TOPICS_MAX = 64, TEXT_SIZE = 256 };

static int make_admin(const char *brokers, rd_kafka_t **ret_client, struct error *error)
{
    CLEANUP(kafka_conf_destroy) rd_kafka_conf_t *conf = NULL;
    char text[TEXT_SIZE];
    int result = kafka_conf_new(brokers, NULL, 0, &conf, error);

    if (result != 0)
        return result;
    *ret_client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof(text));
    if (*ret_client == NULL)
        return error_set(error, FAULT_HARD, "kafka topics: %s", text);
    conf = NULL; /* the client's now */
    return 0;
}

static int check_topics(rd_kafka_event_t *event, struct error *error)
{
    size_t count = 0;
    const rd_kafka_topic_result_t **results =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);

    for (size_t i = 0; i < count; ++i) {
        const rd_kafka_resp_err_t code = rd_kafka_topic_result_error(results[i]);

        if (code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
            return error_set(error, FAULT_HARD, "kafka topic %s: %s",
                             rd_kafka_topic_result_name(results[i]), rd_kafka_err2str(code));
    }
    return 0;
}

static int await_creation(rd_kafka_queue_t *queue, int timeout_ms, struct error *error)
{
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, timeout_ms);
    int result;

    if (event == NULL)
        return error_set(error, FAULT_RETRY, "kafka topics: no answer in %d ms", timeout_ms);
    if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR)
        result =
            error_set(error, FAULT_RETRY, "kafka topics: %s", rd_kafka_event_error_string(event));
    else
        result = check_topics(event, error);
    rd_kafka_event_destroy(event);
    return result;
}

static int create(rd_kafka_t *client, rd_kafka_NewTopic_t **topics, size_t count, int timeout_ms,
                  struct error *error)
{
    rd_kafka_AdminOptions_t *options =
        rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_CREATETOPICS);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    char text[TEXT_SIZE];
    int result;

    (void)rd_kafka_AdminOptions_set_request_timeout(options, timeout_ms, text, sizeof(text));
    (void)rd_kafka_AdminOptions_set_operation_timeout(options, timeout_ms, text, sizeof(text));
    rd_kafka_CreateTopics(client, topics, count, options, queue);
    result = await_creation(queue, timeout_ms + 1000, error);
    rd_kafka_queue_destroy(queue);
    rd_kafka_AdminOptions_destroy(options);
    return result;
}

int kafka_topics_ensure(const char *brokers, const struct kafka_topic *topics, size_t count,
                        int timeout_ms, struct error *error)
{
    rd_kafka_NewTopic_t *wanted[TOPICS_MAX];
    rd_kafka_t *client = NULL;
    char text[TEXT_SIZE];
    size_t made = 0;
    int result;

    if (count > TOPICS_MAX)
        return error_set(error, FAULT_HARD, "kafka topics: more than %d at once", TOPICS_MAX);
    result = make_admin(brokers, &client, error);
    for (; result == 0 && made < count; ++made) {
        wanted[made] = rd_kafka_NewTopic_new(topics[made].name, topics[made].partitions,
                                             topics[made].replication, text, sizeof(text));
        if (wanted[made] == NULL) {
            result = error_set(error, FAULT_HARD, "kafka topic %s: %s", topics[made].name, text);
            break;
        }
    }
    if (result == 0)
        result = create(client, wanted, made, timeout_ms, error);
    rd_kafka_NewTopic_destroy_array(wanted, made);
    if (client != NULL)
        rd_kafka_destroy(client);
    return result;
}
