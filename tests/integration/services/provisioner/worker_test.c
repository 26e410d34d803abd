/* A whole provisioner between a real Kafka, Redis and libvirtd: commands in, results out. */
#include "services/provisioner/config.h"
#include "services/provisioner/provisioner.h"

#include "lib/base/clock.h"
#include "lib/base/encoding.h"
#include "lib/kafka/consumer.h"
#include "lib/kafka/topics.h"
#include "lib/redis/batch_status.h"
#include "proto/commands.pb-c.h"
#include "proto/results.pb-c.h"
#include "tests/support/machine_fixture.h"

#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { results_limit = 4096, ids_a_run = 1 << 16, patience_ms = 20000, look_ms = 20 };

struct world {
    char location[32], topic[64], dead_topic[80], group[64];
    struct provisioner_config config;
    struct metrics *metrics;
    void *app;
    struct kafka_producer *producer;
    struct kafka_consumer *consumer;
    struct redis *redis;
    char base64[64];
    unsigned char public_key[crypto_box_PUBLICKEYBYTES];
    unsigned char secret_key[crypto_box_SECRETKEYBYTES];
    uint64_t first_vps_id, next_vps_id;
    /* The consumer's threads add. */
    pthread_mutex_t mutex;
    Slipway__V1__MachineResult *results[results_limit];
    size_t result_count;
    size_t dead_count;
};

/* The topic holds the results of other runs too. */
static void keep_result(struct world *world, const struct kafka_record *record)
{
    Slipway__V1__MachineResult *result =
        slipway__v1__machine_result__unpack(NULL, record->value_length, record->value);

    if (result != NULL && result->vps_id > world->first_vps_id &&
        result->vps_id < world->first_vps_id + ids_a_run && world->result_count < results_limit)
        world->results[world->result_count++] = result;
    else if (result != NULL)
        slipway__v1__machine_result__free_unpacked(result, NULL);
}

static void collect(void *context, struct kafka_delivery *delivery)
{
    struct world *world = context;
    const struct kafka_record *record = kafka_delivery_record(delivery);

    (void)pthread_mutex_lock(&world->mutex);
    if (strcmp(record->topic, world->dead_topic) == 0)
        ++world->dead_count;
    else
        keep_result(world, record);
    (void)pthread_mutex_unlock(&world->mutex);
    kafka_delivery_finish(delivery, 0, NULL);
}

static bool start_collecting(struct world *world, const char *brokers)
{
    const struct kafka_topic topics[] = {
        {world->topic,      4,  1},
        {world->dead_topic, 1,  1},
        {"vps.results",     12, 1}
    };
    const char *const heard[] = {"vps.results", world->dead_topic};

    return kafka_topics_ensure(brokers, topics, ARRAY_LENGTH(topics), 20000, NULL) != 0 ||
           kafka_producer_new(&(struct kafka_producer_options){.brokers = brokers,
                                                               .client_id = "worker-test",
                                                               .message_timeout_ms = 20000,
                                                               .queue_limit = 10000},
                              &world->producer, NULL) != 0 ||
           kafka_consumer_new(&(struct kafka_consumer_options){.brokers = brokers,
                                                               .group = world->group,
                                                               .topics = heard,
                                                               .topic_count = 2,
                                                               .workers = 2,
                                                               .in_flight_limit = 1000,
                                                               .retry_first_ms = 10,
                                                               .retry_longest_ms = 100,
                                                               .session_timeout_ms = 6000,
                                                               .handle = collect,
                                                               .context = world,
                                                               .dead_letters = world->producer},
                              &world->consumer, NULL) != 0;
}

static bool start_provisioner(struct world *world)
{
    struct error error = {""};

    world->metrics = metrics_new();
    if (provisioner_start(&world->config, world->metrics, &world->app, &error) == 0)
        return false;
    (void)fprintf(stderr, "%s\n", error.text);
    return true;
}

static void stop_provisioner(struct world *world)
{
    provisioner_drain(world->app, 10000);
    provisioner_stop(world->app);
    metrics_free(world->metrics);
}

static int open_world(void **state)
{
    static struct world world = {.mutex = PTHREAD_MUTEX_INITIALIZER};
    const char *brokers = getenv("SLIPWAY_TEST_KAFKA");
    const char *redis_host = getenv("SLIPWAY_TEST_REDIS_HOST");
    const char *redis_port = getenv("SLIPWAY_TEST_REDIS_PORT");
    const char *redis_password = getenv("SLIPWAY_TEST_REDIS_PASSWORD");
    int64_t port = 6379;
    uint32_t salt;

    *state = &world;
    if (brokers == NULL || getenv("SLIPWAY_TEST_LIBVIRT") == NULL || redis_host == NULL ||
        redis_port == NULL || decimal_parse_i64(redis_port, &port) || sodium_init() < 0)
        return 1;
    salt = randombytes_random();
    (void)snprintf(world.location, sizeof(world.location), "t%" PRIu32, salt);
    (void)snprintf(world.topic, sizeof(world.topic), "vps.commands.%s", world.location);
    (void)snprintf(world.dead_topic, sizeof(world.dead_topic), "%s.dead", world.topic);
    (void)snprintf(world.group, sizeof(world.group), "worker-test-%" PRIu32, salt);
    world.first_vps_id = world.next_vps_id = (uint64_t)salt * ids_a_run;
    (void)crypto_box_keypair(world.public_key, world.secret_key);
    (void)sodium_bin2base64(world.base64, sizeof(world.base64), world.public_key,
                            sizeof(world.public_key), sodium_base64_VARIANT_ORIGINAL);
    world.config = (struct provisioner_config){
        .location = world.location,
        .brokers = brokers,
        .redis_host = redis_host,
        .redis_port = port,
        .redis_password = redis_password != NULL ? redis_password : "",
        .seal_public_key = world.base64,
        .seal_key_id = 3,
        .workers = 8,
        .in_flight = 100,
        .instance = "",
        .attempts = 3,
        .retry_first_ms = 10,
        .retry_longest_ms = 100,
        .node_uris = getenv("SLIPWAY_TEST_LIBVIRT"),
        .network = "default",
        .session_timeout_ms = 6000,
        .message_timeout_ms = 20000,
        .redis_timeout_ms = 1000,
    };
    return start_collecting(&world, brokers) || start_provisioner(&world) ||
           redis_new(&(struct redis_options){.host = redis_host,
                                             .port = port,
                                             .password = world.config.redis_password,
                                             .connect_timeout_ms = 1000,
                                             .answer_timeout_ms = 1000,
                                             .queue_limit = 100},
                     &world.redis, NULL) != 0;
}

/* True when it was not there. The event loop of the process belongs to the provisioner, which must
 * be running. */
static bool remove_machine(const struct world *world, uint64_t vps_id)
{
    CLEANUP(hypervisor_unref_cleanup) struct hypervisor *hypervisor = NULL;
    CLEANUP(hypervisor_machine_free_cleanup) struct hypervisor_machine *machine = NULL;
    char name[DOMAIN_NAME_SIZE];

    return hypervisor_open(world->config.node_uris, NULL, NULL, &hypervisor, NULL) != 0 ||
           hypervisor_find(hypervisor, domain_name(vps_id, name), &machine, NULL) != 0 ||
           hypervisor_machine_stop(machine, NULL) != 0 ||
           hypervisor_machine_undefine(machine, NULL) != 0;
}

static int close_world(void **state)
{
    struct world *world = *state;

    for (uint64_t vps_id = world->first_vps_id; vps_id <= world->next_vps_id; ++vps_id)
        (void)!remove_machine(world, vps_id);
    stop_provisioner(world);
    kafka_consumer_free(world->consumer, 10000);
    kafka_producer_free(world->producer, 10000);
    redis_free(world->redis);
    for (size_t i = 0; i < world->result_count; ++i)
        slipway__v1__machine_result__free_unpacked(world->results[i], NULL);
    return 0;
}

static void send_bytes(struct world *world, uint64_t vps_id, const void *value, size_t length)
{
    char key[24];

    (void)snprintf(key, sizeof(key), "%" PRIu64, vps_id);
    assert_int_equal(kafka_producer_send(world->producer,
                                         &(struct kafka_message){.topic = world->topic,
                                                                 .key = key,
                                                                 .key_length = strlen(key),
                                                                 .value = value,
                                                                 .value_length = length},
                                         NULL, NULL, NULL),
                     0);
}

/* What differs from one command to the next. */
struct order {
    uint64_t vps_id;
    bool inspect;
    const char *image, *batch_id;
};

static void send_order(struct world *world, const struct order *order)
{
    char uri[256], address[] = "192.0.2.20", empty[] = "", image[64], batch_id[64];
    Slipway__V1__Placement placement = SLIPWAY__V1__PLACEMENT__INIT;
    Slipway__V1__BuildMachine build = SLIPWAY__V1__BUILD_MACHINE__INIT;
    Slipway__V1__InspectMachine inspect = SLIPWAY__V1__INSPECT_MACHINE__INIT;
    Slipway__V1__MachineCommand command = SLIPWAY__V1__MACHINE_COMMAND__INIT;
    uint8_t value[1024];

    (void)snprintf(uri, sizeof(uri), "%s", world->config.node_uris);
    (void)snprintf(image, sizeof(image), "%s", order->image != NULL ? order->image : "none");
    (void)snprintf(batch_id, sizeof(batch_id), "%s",
                   order->batch_id != NULL ? order->batch_id : "");
    placement.node_uri = uri;
    placement.node_name = empty;
    placement.address = address;
    build.image = image;
    build.vcpu = 2;
    build.ram_mb = 2048;
    command.vps_id = order->vps_id;
    command.sequence = 1;
    command.batch_id = batch_id;
    command.issued_at_us = clock_now_us(NULL);
    command.placement = &placement;
    if (order->inspect) {
        command.action_case = SLIPWAY__V1__MACHINE_COMMAND__ACTION_INSPECT;
        command.inspect = &inspect;
    } else {
        command.action_case = SLIPWAY__V1__MACHINE_COMMAND__ACTION_BUILD;
        command.build = &build;
    }
    assert_true(slipway__v1__machine_command__get_packed_size(&command) <= sizeof(value));
    send_bytes(world, order->vps_id, value, slipway__v1__machine_command__pack(&command, value));
}

typedef Slipway__V1__MachineResult__OutcomeCase outcome_case;

static size_t count_results(struct world *world, uint64_t vps_id, outcome_case wanted,
                            const Slipway__V1__MachineResult **ret_last)
{
    size_t count = 0;

    (void)pthread_mutex_lock(&world->mutex);
    for (size_t i = 0; i < world->result_count; ++i)
        if (world->results[i]->vps_id == vps_id && world->results[i]->outcome_case == wanted) {
            *ret_last = world->results[i];
            ++count;
        }
    (void)pthread_mutex_unlock(&world->mutex);
    return count;
}

/* The n-th result of that kind. */
static const Slipway__V1__MachineResult *await_result(struct world *world, uint64_t vps_id,
                                                      outcome_case wanted, size_t n)
{
    const int64_t deadline_ms = clock_monotonic_ms() + patience_ms;
    const Slipway__V1__MachineResult *result = NULL;

    while (count_results(world, vps_id, wanted, &result) < n) {
        if (clock_monotonic_ms() > deadline_ms)
            fail_msg("no result of kind %d for VPS %" PRIu64, (int)wanted, vps_id);
        clock_sleep_ms(look_ms);
    }
    return result;
}

#define STARTED  SLIPWAY__V1__MACHINE_RESULT__OUTCOME_BUILD_STARTED
#define BUILT    SLIPWAY__V1__MACHINE_RESULT__OUTCOME_BUILT
#define FAILED   SLIPWAY__V1__MACHINE_RESULT__OUTCOME_BUILD_FAILED
#define OBSERVED SLIPWAY__V1__MACHINE_RESULT__OUTCOME_OBSERVED

static void a_command_becomes_a_machine_and_a_result(void **state)
{
    struct world *world = *state;
    const uint64_t vps_id = ++world->next_vps_id;
    const Slipway__V1__MachineResult *result;
    unsigned char opened[PASSWORD_LENGTH];

    send_order(world, &(struct order){.vps_id = vps_id});
    result = await_result(world, vps_id, BUILT, 1);
    assert_int_equal(result->sequence, 1);
    assert_true(result->worker[0] != '\0');
    assert_string_equal(result->built->address, "192.0.2.20");
    assert_int_equal(result->built->port, 22);
    assert_string_equal(result->built->login, "root");
    assert_int_equal(result->built->seal_key_id, 3);
    assert_int_equal(result->built->power_state, SLIPWAY__V1__POWER_STATE__POWER_STATE_RUNNING);
    assert_int_equal(crypto_box_seal_open(opened, result->built->sealed_password.data,
                                          result->built->sealed_password.len, world->public_key,
                                          world->secret_key),
                     0);
    (void)await_result(world, vps_id, STARTED, 1);
}

static void a_repeated_command_gives_the_same_result(void **state)
{
    struct world *world = *state;
    const uint64_t vps_id = ++world->next_vps_id;
    const Slipway__V1__MachineResult *first, *second;

    send_order(world, &(struct order){.vps_id = vps_id});
    first = await_result(world, vps_id, BUILT, 1);
    send_order(world, &(struct order){.vps_id = vps_id});
    second = await_result(world, vps_id, BUILT, 2);
    assert_ptr_not_equal(first, second);
    assert_string_equal(first->built->machine_uuid, second->built->machine_uuid);
    assert_int_equal(first->built->sealed_password.len, second->built->sealed_password.len);
    assert_memory_equal(first->built->sealed_password.data, second->built->sealed_password.data,
                        first->built->sealed_password.len);
}

static void an_image_that_is_missing_fails_the_build_for_good(void **state)
{
    struct world *world = *state;
    const uint64_t vps_id = ++world->next_vps_id;
    const Slipway__V1__MachineResult *result;

    send_order(world, &(struct order){.vps_id = vps_id, .image = "volume:default-pool/none"});
    result = await_result(world, vps_id, FAILED, 1);
    assert_string_equal(result->build_failed->code, "image_missing");
    assert_null(strstr(result->build_failed->detail, "default-pool"));
}

static void what_is_no_command_goes_to_the_dead_letters_and_stops_nothing(void **state)
{
    struct world *world = *state;
    const uint64_t vps_id = ++world->next_vps_id;
    const int64_t deadline_ms = clock_monotonic_ms() + patience_ms;
    size_t dead = 0;

    send_bytes(world, vps_id, "\xff\xff\xff", 3);
    send_bytes(world, vps_id, "", 0);
    send_order(world, &(struct order){.vps_id = vps_id});
    (void)await_result(world, vps_id, BUILT, 1);
    while (dead < 2 && clock_monotonic_ms() < deadline_ms) {
        clock_sleep_ms(look_ms);
        (void)pthread_mutex_lock(&world->mutex);
        dead = world->dead_count;
        (void)pthread_mutex_unlock(&world->mutex);
    }
    assert_int_equal(dead, 2);
}

static void a_machine_that_vanishes_is_reported(void **state)
{
    struct world *world = *state;
    const uint64_t vps_id = ++world->next_vps_id;
    const int64_t deadline_ms = clock_monotonic_ms() + patience_ms;
    const Slipway__V1__MachineResult *result;

    send_order(world, &(struct order){.vps_id = vps_id});
    (void)await_result(world, vps_id, BUILT, 1);
    assert_false(remove_machine(world, vps_id));
    do
        result = await_result(world, vps_id, OBSERVED, 1);
    while (result->observed->power_state != SLIPWAY__V1__POWER_STATE__POWER_STATE_MISSING &&
           clock_monotonic_ms() < deadline_ms);
    assert_int_equal(result->observed->power_state, SLIPWAY__V1__POWER_STATE__POWER_STATE_MISSING);
    assert_int_equal(result->sequence, 1);
}

static void an_inspection_is_answered(void **state)
{
    struct world *world = *state;
    const uint64_t vps_id = ++world->next_vps_id;

    send_order(world, &(struct order){.vps_id = vps_id, .inspect = true});
    assert_int_equal(await_result(world, vps_id, OBSERVED, 1)->observed->power_state,
                     SLIPWAY__V1__POWER_STATE__POWER_STATE_MISSING);
    send_order(world, &(struct order){.vps_id = vps_id});
    send_order(world, &(struct order){.vps_id = vps_id, .inspect = true});
    assert_int_equal(await_result(world, vps_id, OBSERVED, 2)->observed->power_state,
                     SLIPWAY__V1__POWER_STATE__POWER_STATE_RUNNING);
}

static void steps_are_written_to_redis_and_a_settled_item_is_not_built(void **state)
{
    struct world *world = *state;
    const uint64_t vps_id = ++world->next_vps_id;
    char batch_id[32], key[64];
    struct redisReply *reply = NULL;

    (void)snprintf(batch_id, sizeof(batch_id), "checkout:%" PRIu64, vps_id);
    batch_status_key(batch_id, key, sizeof(key));
    const struct redis_argument get[] = {REDIS_TEXT("HGET"), REDIS_TEXT(key), REDIS_TEXT("i:0")};

    send_order(world, &(struct order){.vps_id = vps_id, .batch_id = batch_id});
    (void)await_result(world, vps_id, BUILT, 1);
    assert_int_equal(redis_call_wait(world->redis, get, ARRAY_LENGTH(get), &reply, NULL), 0);
    assert_int_equal(reply->type, REDIS_REPLY_STRING);
    assert_non_null(strstr(reply->str, "\"step\":\"finishing\",\"progress\":95"));
    freeReplyObject(reply);

    assert_int_equal(
        batch_status_advance_wait(world->redis,
                                  &(struct batch_item_status){.batch_id = batch_id,
                                                              .rank = BATCH_RANK_FINAL,
                                                              .updated_at_us = clock_now_us(NULL),
                                                              .json = "{}"},
                                  NULL),
        0);
    assert_false(remove_machine(world, vps_id));
    send_order(world, &(struct order){.vps_id = vps_id, .batch_id = batch_id});
    /* One from the watcher, one for the command. */
    assert_int_equal(await_result(world, vps_id, OBSERVED, 2)->observed->power_state,
                     SLIPWAY__V1__POWER_STATE__POWER_STATE_MISSING);
    const Slipway__V1__MachineResult *last = NULL;

    assert_int_equal(count_results(world, vps_id, BUILT, &last), 1);
}

enum { crowd = 300 };

static void a_crowd_of_commands_over_a_restart_loses_and_doubles_nothing(void **state) /* INV-5 */
{
    struct world *world = *state;
    const uint64_t first = world->next_vps_id + 1;

    for (int i = 0; i < crowd; ++i)
        send_order(world, &(struct order){.vps_id = ++world->next_vps_id});
    (void)await_result(world, first, BUILT, 1);
    stop_provisioner(world);
    assert_false(start_provisioner(world));
    for (uint64_t vps_id = first; vps_id < first + crowd; ++vps_id) {
        const Slipway__V1__MachineResult *result = await_result(world, vps_id, BUILT, 1);

        assert_int_equal(result->sequence, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_command_becomes_a_machine_and_a_result),
        cmocka_unit_test(a_repeated_command_gives_the_same_result),
        cmocka_unit_test(an_image_that_is_missing_fails_the_build_for_good),
        cmocka_unit_test(what_is_no_command_goes_to_the_dead_letters_and_stops_nothing),
        cmocka_unit_test(a_machine_that_vanishes_is_reported),
        cmocka_unit_test(an_inspection_is_answered),
        cmocka_unit_test(steps_are_written_to_redis_and_a_settled_item_is_not_built),
        cmocka_unit_test(a_crowd_of_commands_over_a_restart_loses_and_doubles_nothing),
    };

    return cmocka_run_group_tests(tests, open_world, close_world);
}
