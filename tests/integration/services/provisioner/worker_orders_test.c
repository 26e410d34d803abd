/* A whole provisioner between a real Kafka, Redis and libvirtd: orders to machines that stand in,
 * results out. */
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

#define POWER     SLIPWAY__V1__MACHINE_COMMAND__ACTION_POWER
#define REINSTALL SLIPWAY__V1__MACHINE_COMMAND__ACTION_REINSTALL
#define PASSWORD  SLIPWAY__V1__MACHINE_COMMAND__ACTION_SET_PASSWORD
#define DELETE    SLIPWAY__V1__MACHINE_COMMAND__ACTION_DELETE
#define STOP      SLIPWAY__V1__POWER_ACTION__POWER_ACTION_STOP
#define START     SLIPWAY__V1__POWER_ACTION__POWER_ACTION_START

#define BUILT        SLIPWAY__V1__MACHINE_RESULT__OUTCOME_BUILT
#define STARTED      SLIPWAY__V1__MACHINE_RESULT__OUTCOME_STARTED
#define POWERED      SLIPWAY__V1__MACHINE_RESULT__OUTCOME_POWER_CONTROLLED
#define PASSWORD_SET SLIPWAY__V1__MACHINE_RESULT__OUTCOME_PASSWORD_SET
#define DELETED      SLIPWAY__V1__MACHINE_RESULT__OUTCOME_DELETED
#define FAILED       SLIPWAY__V1__MACHINE_RESULT__OUTCOME_COMMAND_FAILED

static uint64_t build(struct provisioner_world *world)
{
    const uint64_t vps_id = ++world->next_vps_id;

    provisioner_world_send(world, &(struct provisioner_order){.vps_id = vps_id});
    (void)provisioner_world_await(world, vps_id, BUILT, 1);
    return vps_id;
}

static void send(struct provisioner_world *world, uint64_t vps_id, uint64_t sequence,
                 Slipway__V1__MachineCommand__ActionCase action)
{
    provisioner_world_send(
        world, &(struct provisioner_order){
                   .vps_id = vps_id, .sequence = sequence, .action = action, .power = STOP});
}

static void each_order_becomes_its_result(void **state)
{
    struct provisioner_world *world = *state;
    const uint64_t vps_id = build(world);
    const Slipway__V1__MachineResult *result, *before;
    unsigned char opened[PASSWORD_LENGTH];

    before = provisioner_world_await(world, vps_id, BUILT, 1);
    send(world, vps_id, 2, PASSWORD);
    result = provisioner_world_await(world, vps_id, PASSWORD_SET, 1);
    assert_int_equal(result->sequence, 2);
    assert_string_equal(result->password_set->login, "root");
    assert_int_equal(result->password_set->seal_key_id, 3);
    assert_int_equal(crypto_box_seal_open(opened, result->password_set->sealed_password.data,
                                          result->password_set->sealed_password.len,
                                          world->public_key, world->secret_key),
                     0);
    send(world, vps_id, 3, POWER);
    result = provisioner_world_await(world, vps_id, POWERED, 1);
    assert_int_equal(result->power_controlled->power_state,
                     SLIPWAY__V1__POWER_STATE__POWER_STATE_STOPPED);
    send(world, vps_id, 4, REINSTALL);
    result = provisioner_world_await(world, vps_id, BUILT, 2);
    assert_int_equal(result->sequence, 4);
    assert_string_not_equal(result->built->machine_uuid, before->built->machine_uuid);
    send(world, vps_id, 5, DELETE);
    result = provisioner_world_await(world, vps_id, DELETED, 1);
    assert_int_equal(result->sequence, 5);
    (void)provisioner_world_await(world, vps_id, STARTED, 4);
    assert_true(provisioner_world_remove(world, vps_id));
}

/* billing had died between the commit of one and its message. */
static void orders_that_arrive_the_wrong_way_round_are_carried_out_in_order(void **state)
{
    struct provisioner_world *world = *state;
    const uint64_t vps_id = build(world);
    const struct provisioner_order start = {
        .vps_id = vps_id, .sequence = 4, .action = POWER, .power = START};
    const Slipway__V1__MachineResult *result;

    provisioner_world_send(world, &start);
    send(world, vps_id, 3, PASSWORD);
    send(world, vps_id, 2, POWER);
    result = provisioner_world_await(world, vps_id, POWERED, 2);
    assert_int_equal(result->sequence, 4);
    assert_int_equal(result->power_controlled->power_state,
                     SLIPWAY__V1__POWER_STATE__POWER_STATE_RUNNING);
    /* The guest was off when its turn came. */
    result = provisioner_world_await(world, vps_id, FAILED, 1);
    assert_int_equal(result->sequence, 3);
    assert_string_equal(result->command_failed->code, "not_running");
}

static void a_machine_that_is_lost_fails_orders_and_is_reinstalled(void **state)
{
    struct provisioner_world *world = *state;
    const uint64_t vps_id = build(world);
    const Slipway__V1__MachineResult *result;

    assert_false(provisioner_world_remove(world, vps_id));
    send(world, vps_id, 2, POWER);
    result = provisioner_world_await(world, vps_id, FAILED, 1);
    assert_string_equal(result->command_failed->code, "machine_missing");
    assert_int_equal(result->command_failed->power_state,
                     SLIPWAY__V1__POWER_STATE__POWER_STATE_MISSING);
    send(world, vps_id, 3, REINSTALL);
    result = provisioner_world_await(world, vps_id, BUILT, 2);
    assert_int_equal(result->sequence, 3);
    send(world, vps_id, 4, DELETE);
    (void)provisioner_world_await(world, vps_id, DELETED, 1);
    send(world, vps_id, 4, DELETE);
    (void)provisioner_world_await(world, vps_id, DELETED, 2);
}

static void a_node_that_stays_away_fails_each_order_in_the_end(void **state)
{
    static const Slipway__V1__MachineCommand__ActionCase actions[] = {POWER, PASSWORD, REINSTALL,
                                                                      DELETE};
    struct provisioner_world *world = *state;

    for (size_t i = 0; i < ARRAY_LENGTH(actions); ++i) {
        const struct provisioner_order order = {.vps_id = ++world->next_vps_id,
                                                .sequence = 2,
                                                .action = actions[i],
                                                .power = STOP,
                                                .batch_id = "delete:77",
                                                .uri = PROVISIONER_WORLD_AWAY};
        const Slipway__V1__MachineResult *result;

        provisioner_world_send(world, &order);
        result = provisioner_world_await(world, order.vps_id, FAILED, 1);
        assert_string_equal(result->command_failed->code, "node_unavailable");
        assert_int_equal(result->command_failed->power_state,
                         SLIPWAY__V1__POWER_STATE__POWER_STATE_UNSPECIFIED);
    }
}

static void set_final(struct provisioner_world *world, const char *batch_id)
{
    assert_int_equal(
        batch_status_advance_wait(world->redis,
                                  &(struct batch_item_status){.batch_id = batch_id,
                                                              .rank = BATCH_RANK_FINAL,
                                                              .updated_at_us = clock_now_us(NULL),
                                                              .json = "{}"},
                                  NULL),
        0);
}

static void a_superseded_order_is_skipped_and_the_deletion_is_not(void **state)
{
    struct provisioner_world *world = *state;
    const uint64_t vps_id = build(world);
    const Slipway__V1__MachineResult *result = NULL;
    char batch_id[32];

    (void)snprintf(batch_id, sizeof(batch_id), "reinstall:%" PRIu64, vps_id);
    set_final(world, batch_id);
    provisioner_world_send(
        world, &(struct provisioner_order){
                   .vps_id = vps_id, .sequence = 2, .action = REINSTALL, .batch_id = batch_id});
    provisioner_world_send(
        world, &(struct provisioner_order){
                   .vps_id = vps_id, .sequence = 3, .settled_sequence = 2, .action = DELETE});
    (void)provisioner_world_await(world, vps_id, DELETED, 1);
    result = provisioner_world_await(world, vps_id, FAILED, 1);
    assert_string_equal(result->command_failed->code, "superseded");
    assert_int_equal(provisioner_world_count(world, vps_id, BUILT, &result), 1);
}

static void the_step_of_an_order_is_written_to_redis(void **state)
{
    static const struct {
        Slipway__V1__MachineCommand__ActionCase action;
        provisioner_outcome outcome;
        const char *step;
    } cases[] = {
        {PASSWORD,  PASSWORD_SET, "\"step\":\"setting password\",\"progress\":50"},
        {POWER,     POWERED,      "\"step\":\"stopping\",\"progress\":50"        },
        {REINSTALL, BUILT,        "\"step\":\"finishing\",\"progress\":95"       },
        {DELETE,    DELETED,      "\"step\":\"deleting\",\"progress\":50"        },
    };
    struct provisioner_world *world = *state;
    const uint64_t vps_id = build(world);

    for (size_t i = 0; i < ARRAY_LENGTH(cases); ++i) {
        char batch_id[32], key[64];
        struct redisReply *reply = NULL;

        (void)snprintf(batch_id, sizeof(batch_id), "power:%" PRIu64, vps_id * 10 + i);
        batch_status_key(batch_id, key, sizeof(key));
        provisioner_world_send(world, &(struct provisioner_order){.vps_id = vps_id,
                                                                  .sequence = 2 + i,
                                                                  .action = cases[i].action,
                                                                  .power = STOP,
                                                                  .batch_id = batch_id});
        (void)provisioner_world_await(world, vps_id, cases[i].outcome,
                                      cases[i].outcome == BUILT ? 2 : 1);
        const struct redis_argument get[] = {REDIS_TEXT("HGET"), REDIS_TEXT(key),
                                             REDIS_TEXT("i:0")};

        assert_int_equal(redis_call_wait(world->redis, get, ARRAY_LENGTH(get), &reply, NULL), 0);
        assert_int_equal(reply->type, REDIS_REPLY_STRING);
        assert_non_null(strstr(reply->str, cases[i].step));
        freeReplyObject(reply);
    }
}

enum { crowd = 60 };

static void a_crowd_of_orders_over_a_restart_loses_none_and_leaves_no_machine(void **state)
{
    static const Slipway__V1__MachineCommand__ActionCase actions[] = {POWER, REINSTALL, PASSWORD,
                                                                      DELETE};
    struct provisioner_world *world = *state;
    const uint64_t first = world->next_vps_id + 1;

    for (int i = 0; i < crowd; ++i)
        provisioner_world_send(world, &(struct provisioner_order){.vps_id = ++world->next_vps_id});
    for (size_t action = 0; action < ARRAY_LENGTH(actions); ++action)
        for (uint64_t vps_id = first; vps_id < first + crowd; ++vps_id)
            send(world, vps_id, 2 + action, actions[action]);
    (void)provisioner_world_await(world, first, POWERED, 1);
    provisioner_world_stop(world);
    assert_false(provisioner_world_start(world));
    for (uint64_t vps_id = first; vps_id < first + crowd; ++vps_id) {
        const Slipway__V1__MachineResult *result =
            provisioner_world_await(world, vps_id, DELETED, 1);

        assert_int_equal(result->sequence, 5);
        (void)provisioner_world_await(world, vps_id, POWERED, 1);
        (void)provisioner_world_await(world, vps_id, BUILT, 2);
        (void)provisioner_world_await(world, vps_id, PASSWORD_SET, 1);
        assert_true(provisioner_world_remove(world, vps_id));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_order_becomes_its_result),
        cmocka_unit_test(orders_that_arrive_the_wrong_way_round_are_carried_out_in_order),
        cmocka_unit_test(a_machine_that_is_lost_fails_orders_and_is_reinstalled),
        cmocka_unit_test(a_node_that_stays_away_fails_each_order_in_the_end),
        cmocka_unit_test(a_superseded_order_is_skipped_and_the_deletion_is_not),
        cmocka_unit_test(the_step_of_an_order_is_written_to_redis),
        cmocka_unit_test(a_crowd_of_orders_over_a_restart_loses_none_and_leaves_no_machine),
    };

    return cmocka_run_group_tests(tests, provisioner_world_open, provisioner_world_close);
}
