/* A whole provisioner with several nodes, of which some are away: the others must not notice. */
#include "lib/base/clock.h"
#include "tests/support/provisioner_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

enum { CROWD = 100, patience_ms = 20000 };

#define BUILT    SLIPWAY__V1__MACHINE_RESULT__OUTCOME_BUILT
#define FAILED   SLIPWAY__V1__MACHINE_RESULT__OUTCOME_BUILD_FAILED
#define OBSERVED SLIPWAY__V1__MACHINE_RESULT__OUTCOME_OBSERVED

/* Returns the first one's id. */
static uint64_t order_crowd(struct provisioner_world *world, const char *uri)
{
    const uint64_t first = world->next_vps_id + 1;

    for (int i = 0; i < CROWD; ++i)
        provisioner_world_send(
            world, &(struct provisioner_order){.vps_id = ++world->next_vps_id, .uri = uri});
    return first;
}

static void assert_crowd_is_built(struct provisioner_world *world, uint64_t first)
{
    for (uint64_t vps_id = first; vps_id < first + CROWD; ++vps_id)
        (void)provisioner_world_await(world, vps_id, BUILT, 1);
}

/* INV-2, INV-5: and billing is told that nobody knows what is there. */
static void assert_crowd_is_given_up(struct provisioner_world *world, uint64_t first)
{
    for (uint64_t vps_id = first; vps_id < first + CROWD; ++vps_id) {
        const Slipway__V1__MachineResult *result =
            provisioner_world_await(world, vps_id, FAILED, 1);

        assert_string_equal(result->build_failed->code, "node_unavailable");
        assert_true(result->build_failed->node_silent);
    }
}

static void builds_on_a_node_that_is_away_end_and_hold_up_nobody(void **state)
{
    struct provisioner_world *world = *state;
    const uint64_t away = order_crowd(world, PROVISIONER_WORLD_AWAY);
    const uint64_t there = order_crowd(world, NULL);

    assert_crowd_is_built(world, there);
    assert_crowd_is_given_up(world, away);
}

/* Connections to it are taken and never answered. */
static int open_mute_node(const struct provisioner_world *world)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    const int node = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)snprintf(name.sun_path, sizeof(name.sun_path), "%s", world->mute_path);
    assert_true(node >= 0);
    assert_int_equal(bind(node, (const struct sockaddr *)&name, sizeof(name)), 0);
    assert_int_equal(listen(node, CROWD), 0);
    return node;
}

static void await_missing(struct provisioner_world *world, uint64_t vps_id)
{
    const int64_t deadline_ms = clock_monotonic_ms() + patience_ms;
    const Slipway__V1__MachineResult *result;

    do
        result = provisioner_world_await(world, vps_id, OBSERVED, 1);
    while (result->observed->power_state != SLIPWAY__V1__POWER_STATE__POWER_STATE_MISSING &&
           clock_monotonic_ms() < deadline_ms);
    assert_int_equal(result->observed->power_state, SLIPWAY__V1__POWER_STATE__POWER_STATE_MISSING);
}

/* Neither its workers nor the one thread that watches all nodes waits for it. */
static void node_that_never_answers_holds_up_neither_builds_nor_events_of_others(void **state)
{
    struct provisioner_world *world = *state;
    const int node = open_mute_node(world);
    const uint64_t mute = order_crowd(world, world->mute_uri);
    const uint64_t there = order_crowd(world, NULL);

    assert_crowd_is_built(world, there);
    assert_crowd_is_given_up(world, mute);
    assert_false(provisioner_world_remove(world, there));
    await_missing(world, there);
    (void)close(node);
    (void)unlink(world->mute_path);
}

#define INSPECTED SLIPWAY__V1__MACHINE_RESULT__OUTCOME_NODE_INSPECTED

/* The n-th sweep of the node; NULL: the machine is not among what it shows. */
static const Slipway__V1__SeenMachine *sweep(struct provisioner_world *world, size_t n,
                                             uint64_t vps_id)
{
    const Slipway__V1__NodeInspected *inspected;

    provisioner_world_send(world, &(struct provisioner_order){
                                      .action = SLIPWAY__V1__MACHINE_COMMAND__ACTION_INSPECT_NODE});
    inspected = provisioner_world_await(world, 0, INSPECTED, n)->node_inspected;
    assert_true(inspected->last);
    for (size_t i = 0; i < inspected->n_machines; ++i)
        if (inspected->machines[i]->vps_id == vps_id)
            return inspected->machines[i];
    return NULL;
}

static void remove_stray(struct provisioner_world *world, uint64_t vps_id, const char *uuid)
{
    provisioner_world_send(world, &(struct provisioner_order){
                                      .vps_id = vps_id,
                                      .action = SLIPWAY__V1__MACHINE_COMMAND__ACTION_REMOVE_STRAY,
                                      .machine_uuid = uuid});
    /* Behind it in the same lane. */
    provisioner_world_send(world, &(struct provisioner_order){.vps_id = vps_id, .inspect = true});
}

/* INV-5: by its uuid, so that a machine built since is safe. */
static void swept_node_shows_its_machines_and_loses_only_the_stray_that_is_named(void **state)
{
    struct provisioner_world *world = *state;
    const uint64_t vps_id = ++world->next_vps_id;
    const Slipway__V1__SeenMachine *seen;
    const Slipway__V1__MachineResult *built;

    provisioner_world_send(world, &(struct provisioner_order){.vps_id = vps_id});
    built = provisioner_world_await(world, vps_id, BUILT, 1);
    seen = sweep(world, 1, vps_id);
    assert_non_null(seen);
    assert_string_equal(seen->machine_uuid, built->built->machine_uuid);
    assert_int_equal(seen->power_state, SLIPWAY__V1__POWER_STATE__POWER_STATE_RUNNING);

    remove_stray(world, vps_id, "6a2c31da-2df0-4559-a3b9-4f320baa0bb7");
    assert_int_equal(provisioner_world_await(world, vps_id, OBSERVED, 1)->observed->power_state,
                     SLIPWAY__V1__POWER_STATE__POWER_STATE_RUNNING);
    remove_stray(world, vps_id, seen->machine_uuid);
    await_missing(world, vps_id);
    assert_null(sweep(world, 2, vps_id));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(builds_on_a_node_that_is_away_end_and_hold_up_nobody),
        cmocka_unit_test(node_that_never_answers_holds_up_neither_builds_nor_events_of_others),
        cmocka_unit_test(swept_node_shows_its_machines_and_loses_only_the_stray_that_is_named),
    };

    return cmocka_run_group_tests(tests, provisioner_world_open, provisioner_world_close);
}
