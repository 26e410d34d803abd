#include "tests/support/provisioner_world.h"

#include "lib/base/clock.h"
#include "lib/base/encoding.h"
#include "lib/kafka/topics.h"
#include "proto/commands.pb-c.h"
#include "services/provisioner/hypervisor.h"
#include "services/provisioner/provisioner.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { ids_a_run = 1 << 16, patience_ms = 20000, look_ms = 20 };

/* The topic holds the results of other runs too. */
static bool is_ours(const struct provisioner_world *world, const Slipway__V1__MachineResult *result)
{
    if (result->outcome_case == SLIPWAY__V1__MACHINE_RESULT__OUTCOME_NODE_INSPECTED)
        return strcmp(result->node_inspected->node_name, world->location) == 0;
    return result->vps_id > world->first_vps_id && result->vps_id < world->first_vps_id + ids_a_run;
}

static void keep_result(struct provisioner_world *world, const struct kafka_record *record)
{
    Slipway__V1__MachineResult *result =
        slipway__v1__machine_result__unpack(NULL, record->value_length, record->value);

    if (result != NULL && is_ours(world, result) && world->result_count < PROVISIONER_WORLD_RESULTS)
        world->results[world->result_count++] = result;
    else if (result != NULL)
        slipway__v1__machine_result__free_unpacked(result, NULL);
}

static void collect(void *context, struct kafka_delivery *delivery)
{
    struct provisioner_world *world = context;
    const struct kafka_record *record = kafka_delivery_record(delivery);

    (void)pthread_mutex_lock(&world->mutex);
    if (strcmp(record->topic, world->dead_topic) == 0)
        ++world->dead_count;
    else
        keep_result(world, record);
    (void)pthread_mutex_unlock(&world->mutex);
    kafka_delivery_finish(delivery, 0, NULL);
}

static bool start_collecting(struct provisioner_world *world, const char *brokers)
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

bool provisioner_world_start(struct provisioner_world *world)
{
    struct error error = {""};

    world->metrics = metrics_new();
    if (provisioner_start(&world->config, world->metrics, &world->app, &error) == 0)
        return false;
    (void)fprintf(stderr, "%s\n", error.text);
    return true;
}

void provisioner_world_stop(struct provisioner_world *world)
{
    provisioner_drain(world->app, 10000);
    provisioner_stop(world->app);
    metrics_free(world->metrics);
}

int provisioner_world_open(void **state)
{
    static struct provisioner_world world = {.mutex = PTHREAD_MUTEX_INITIALIZER};
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
    world.uri = getenv("SLIPWAY_TEST_LIBVIRT");
    (void)snprintf(world.mute_path, sizeof(world.mute_path), "/tmp/slipway-mute-%" PRIu32, salt);
    (void)snprintf(world.mute_uri, sizeof(world.mute_uri), "test+unix:///default?socket=%s",
                   world.mute_path);
    (void)snprintf(world.uris, sizeof(world.uris), "%s," PROVISIONER_WORLD_AWAY ",%s", world.uri,
                   world.mute_uri);
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
        .node_uris = world.uris,
        .network = "default",
        .session_timeout_ms = 6000,
        .message_timeout_ms = 20000,
        .redis_timeout_ms = 1000,
        .shutdown_ms = 1000,
    };
    return start_collecting(&world, brokers) || provisioner_world_start(&world) ||
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
bool provisioner_world_remove(const struct provisioner_world *world, uint64_t vps_id)
{
    CLEANUP(hypervisor_unref_cleanup) struct hypervisor *hypervisor = NULL;
    CLEANUP(hypervisor_machine_free_cleanup) struct hypervisor_machine *machine = NULL;
    char name[DOMAIN_NAME_SIZE];

    return hypervisor_open(world->uri, NULL, NULL, &hypervisor, NULL) != 0 ||
           hypervisor_find(hypervisor, domain_name(vps_id, name), &machine, NULL) != 0 ||
           hypervisor_machine_stop(machine, NULL) != 0 ||
           hypervisor_machine_undefine(machine, NULL) != 0;
}

int provisioner_world_close(void **state)
{
    struct provisioner_world *world = *state;

    for (uint64_t vps_id = world->first_vps_id; vps_id <= world->next_vps_id; ++vps_id)
        (void)!provisioner_world_remove(world, vps_id);
    provisioner_world_stop(world);
    kafka_consumer_free(world->consumer, 10000);
    kafka_producer_free(world->producer, 10000);
    redis_free(world->redis);
    for (size_t i = 0; i < world->result_count; ++i)
        slipway__v1__machine_result__free_unpacked(world->results[i], NULL);
    return 0;
}

void provisioner_world_send_bytes(struct provisioner_world *world, uint64_t vps_id,
                                  const void *value, size_t length)
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

/* The parts that a command points into. */
struct actions {
    Slipway__V1__BuildMachine build;
    Slipway__V1__InspectMachine inspect;
    Slipway__V1__ControlPower power;
    Slipway__V1__ReinstallMachine reinstall;
    Slipway__V1__SetPassword password;
    Slipway__V1__DeleteMachine deletion;
    Slipway__V1__InspectNode node;
    Slipway__V1__RemoveStray stray;
    char machine_uuid[64];
};

static void fill_action(const struct provisioner_order *order, struct actions *actions,
                        Slipway__V1__MachineCommand *command)
{
    slipway__v1__inspect_machine__init(&actions->inspect);
    slipway__v1__control_power__init(&actions->power);
    slipway__v1__reinstall_machine__init(&actions->reinstall);
    slipway__v1__set_password__init(&actions->password);
    slipway__v1__delete_machine__init(&actions->deletion);
    slipway__v1__inspect_node__init(&actions->node);
    slipway__v1__remove_stray__init(&actions->stray);
    (void)snprintf(actions->machine_uuid, sizeof(actions->machine_uuid), "%s",
                   order->machine_uuid != NULL ? order->machine_uuid : "");
    actions->stray.machine_uuid = actions->machine_uuid;
    actions->power.action = order->power;
    actions->reinstall.build = &actions->build;
    command->action_case = order->inspect ? SLIPWAY__V1__MACHINE_COMMAND__ACTION_INSPECT
                           : order->action == SLIPWAY__V1__MACHINE_COMMAND__ACTION__NOT_SET
                               ? SLIPWAY__V1__MACHINE_COMMAND__ACTION_BUILD
                               : order->action;
    if (command->action_case == SLIPWAY__V1__MACHINE_COMMAND__ACTION_INSPECT)
        command->inspect = &actions->inspect;
    if (command->action_case == SLIPWAY__V1__MACHINE_COMMAND__ACTION_BUILD)
        command->build = &actions->build;
    if (command->action_case == SLIPWAY__V1__MACHINE_COMMAND__ACTION_POWER)
        command->power = &actions->power;
    if (command->action_case == SLIPWAY__V1__MACHINE_COMMAND__ACTION_REINSTALL)
        command->reinstall = &actions->reinstall;
    if (command->action_case == SLIPWAY__V1__MACHINE_COMMAND__ACTION_SET_PASSWORD)
        command->set_password = &actions->password;
    if (command->action_case == SLIPWAY__V1__MACHINE_COMMAND__ACTION_DELETE)
        command->delete_ = &actions->deletion;
    if (command->action_case == SLIPWAY__V1__MACHINE_COMMAND__ACTION_INSPECT_NODE)
        command->inspect_node = &actions->node;
    if (command->action_case == SLIPWAY__V1__MACHINE_COMMAND__ACTION_REMOVE_STRAY)
        command->remove_stray = &actions->stray;
}

void provisioner_world_send(struct provisioner_world *world, const struct provisioner_order *order)
{
    char uri[256], address[] = "192.0.2.20", image[64], batch_id[64];
    Slipway__V1__Placement placement = SLIPWAY__V1__PLACEMENT__INIT;
    Slipway__V1__MachineCommand command = SLIPWAY__V1__MACHINE_COMMAND__INIT;
    struct actions actions;
    uint8_t value[1024];

    (void)snprintf(uri, sizeof(uri), "%s", order->uri != NULL ? order->uri : world->uri);
    (void)snprintf(image, sizeof(image), "%s", order->image != NULL ? order->image : "none");
    (void)snprintf(batch_id, sizeof(batch_id), "%s",
                   order->batch_id != NULL ? order->batch_id : "");
    slipway__v1__build_machine__init(&actions.build);
    actions.build.image = image;
    actions.build.vcpu = 2;
    actions.build.ram_mb = 2048;
    placement.node_uri = uri;
    placement.node_name = world->location;
    placement.address = address;
    command.vps_id = order->vps_id;
    command.sequence = order->sequence != 0 ? order->sequence : 1;
    command.settled_sequence = order->settled_sequence;
    command.batch_id = batch_id;
    command.issued_at_us = clock_now_us(NULL);
    command.placement = &placement;
    fill_action(order, &actions, &command);
    assert_true(slipway__v1__machine_command__get_packed_size(&command) <= sizeof(value));
    provisioner_world_send_bytes(world, order->vps_id, value,
                                 slipway__v1__machine_command__pack(&command, value));
}

size_t provisioner_world_count(struct provisioner_world *world, uint64_t vps_id,
                               provisioner_outcome wanted,
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

const Slipway__V1__MachineResult *provisioner_world_await(struct provisioner_world *world,
                                                          uint64_t vps_id,
                                                          provisioner_outcome wanted, size_t n)
{
    const int64_t deadline_ms = clock_monotonic_ms() + patience_ms;
    const Slipway__V1__MachineResult *result = NULL;

    while (provisioner_world_count(world, vps_id, wanted, &result) < n) {
        if (clock_monotonic_ms() > deadline_ms)
            fail_msg("no result of kind %d for VPS %" PRIu64, (int)wanted, vps_id);
        clock_sleep_ms(look_ms);
    }
    return result;
}
