/* A whole provisioner between a real Kafka, Redis and libvirtd: commands in, results out. */
#include "lib/base/clock.h"
#include "lib/redis/batch_status.h"
#include "services/provisioner/password.h"
#include "tests/support/provisioner_world.h"

#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { patience_ms = 20000, look_ms = 20 };

#define STARTED  SLIPWAY__V1__MACHINE_RESULT__OUTCOME_BUILD_STARTED
#define BUILT    SLIPWAY__V1__MACHINE_RESULT__OUTCOME_BUILT
#define FAILED   SLIPWAY__V1__MACHINE_RESULT__OUTCOME_BUILD_FAILED
#define OBSERVED SLIPWAY__V1__MACHINE_RESULT__OUTCOME_OBSERVED

static void a_command_becomes_a_machine_and_a_result(void **state)
{
    struct provisioner_world *world = *state;
    const uint64_t vps_id = ++world->next_vps_id;
    const Slipway__V1__MachineResult *result;
    unsigned char opened[PASSWORD_LENGTH];

    provisioner_world_send(world, &(struct provisioner_order){.vps_id = vps_id});
    result = provisioner_world_await(world, vps_id, BUILT, 1);
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
    (void)provisioner_world_await(world, vps_id, STARTED, 1);
}

static void a_repeated_command_gives_the_same_result(void **state)
{
    struct provisioner_world *world = *state;
    const uint64_t vps_id = ++world->next_vps_id;
    const Slipway__V1__MachineResult *first, *second;

    provisioner_world_send(world, &(struct provisioner_order){.vps_id = vps_id});
    first = provisioner_world_await(world, vps_id, BUILT, 1);
    provisioner_world_send(world, &(struct provisioner_order){.vps_id = vps_id});
    second = provisioner_world_await(world, vps_id, BUILT, 2);
    assert_ptr_not_equal(first, second);
    assert_string_equal(first->built->machine_uuid, second->built->machine_uuid);
    assert_int_equal(first->built->sealed_password.len, second->built->sealed_password.len);
    assert_memory_equal(first->built->sealed_password.data, second->built->sealed_password.data,
                        first->built->sealed_password.len);
}

static void an_image_that_is_missing_fails_the_build_for_good(void **state)
{
    struct provisioner_world *world = *state;
    const uint64_t vps_id = ++world->next_vps_id;
    const Slipway__V1__MachineResult *result;

    provisioner_world_send(
        world, &(struct provisioner_order){.vps_id = vps_id, .image = "volume:default-pool/none"});
    result = provisioner_world_await(world, vps_id, FAILED, 1);
    assert_string_equal(result->build_failed->code, "image_missing");
    assert_null(strstr(result->build_failed->detail, "default-pool"));
}

static void what_is_no_command_goes_to_the_dead_letters_and_stops_nothing(void **state)
{
    struct provisioner_world *world = *state;
    const uint64_t vps_id = ++world->next_vps_id;
    const int64_t deadline_ms = clock_monotonic_ms() + patience_ms;
    size_t dead = 0;

    provisioner_world_send_bytes(world, vps_id, "\xff\xff\xff", 3);
    provisioner_world_send_bytes(world, vps_id, "", 0);
    provisioner_world_send(world, &(struct provisioner_order){.vps_id = vps_id});
    (void)provisioner_world_await(world, vps_id, BUILT, 1);
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
    struct provisioner_world *world = *state;
    const uint64_t vps_id = ++world->next_vps_id;
    const int64_t deadline_ms = clock_monotonic_ms() + patience_ms;
    const Slipway__V1__MachineResult *result;

    provisioner_world_send(world, &(struct provisioner_order){.vps_id = vps_id});
    (void)provisioner_world_await(world, vps_id, BUILT, 1);
    assert_false(provisioner_world_remove(world, vps_id));
    do
        result = provisioner_world_await(world, vps_id, OBSERVED, 1);
    while (result->observed->power_state != SLIPWAY__V1__POWER_STATE__POWER_STATE_MISSING &&
           clock_monotonic_ms() < deadline_ms);
    assert_int_equal(result->observed->power_state, SLIPWAY__V1__POWER_STATE__POWER_STATE_MISSING);
    assert_int_equal(result->sequence, 1);
}

static void an_inspection_is_answered(void **state)
{
    struct provisioner_world *world = *state;
    const uint64_t vps_id = ++world->next_vps_id;

    provisioner_world_send(world, &(struct provisioner_order){.vps_id = vps_id, .inspect = true});
    assert_int_equal(provisioner_world_await(world, vps_id, OBSERVED, 1)->observed->power_state,
                     SLIPWAY__V1__POWER_STATE__POWER_STATE_MISSING);
    provisioner_world_send(world, &(struct provisioner_order){.vps_id = vps_id});
    provisioner_world_send(world, &(struct provisioner_order){.vps_id = vps_id, .inspect = true});
    assert_int_equal(provisioner_world_await(world, vps_id, OBSERVED, 2)->observed->power_state,
                     SLIPWAY__V1__POWER_STATE__POWER_STATE_RUNNING);
}

static void steps_are_written_to_redis_and_a_settled_item_is_not_built(void **state)
{
    struct provisioner_world *world = *state;
    const uint64_t vps_id = ++world->next_vps_id;
    char batch_id[32], key[64];
    struct redisReply *reply = NULL;

    (void)snprintf(batch_id, sizeof(batch_id), "checkout:%" PRIu64, vps_id);
    batch_status_key(batch_id, key, sizeof(key));
    const struct redis_argument get[] = {REDIS_TEXT("HGET"), REDIS_TEXT(key), REDIS_TEXT("i:0")};

    provisioner_world_send(world,
                           &(struct provisioner_order){.vps_id = vps_id, .batch_id = batch_id});
    (void)provisioner_world_await(world, vps_id, BUILT, 1);
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
    assert_false(provisioner_world_remove(world, vps_id));
    provisioner_world_send(world,
                           &(struct provisioner_order){.vps_id = vps_id, .batch_id = batch_id});
    /* One from the watcher, one for the command. */
    assert_int_equal(provisioner_world_await(world, vps_id, OBSERVED, 2)->observed->power_state,
                     SLIPWAY__V1__POWER_STATE__POWER_STATE_MISSING);
    const Slipway__V1__MachineResult *last = NULL;

    assert_int_equal(provisioner_world_count(world, vps_id, BUILT, &last), 1);
}

enum { crowd = 300 };

static void a_crowd_of_commands_over_a_restart_loses_and_doubles_nothing(void **state) /* INV-5 */
{
    struct provisioner_world *world = *state;
    const uint64_t first = world->next_vps_id + 1;

    for (int i = 0; i < crowd; ++i)
        provisioner_world_send(world, &(struct provisioner_order){.vps_id = ++world->next_vps_id});
    (void)provisioner_world_await(world, first, BUILT, 1);
    provisioner_world_stop(world);
    assert_false(provisioner_world_start(world));
    for (uint64_t vps_id = first; vps_id < first + crowd; ++vps_id) {
        const Slipway__V1__MachineResult *result = provisioner_world_await(world, vps_id, BUILT, 1);

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

    return cmocka_run_group_tests(tests, provisioner_world_open, provisioner_world_close);
}
