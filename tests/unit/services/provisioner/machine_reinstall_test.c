/* Reinstallations on libvirt's own test driver inside this process, and workers that race. */
#include "tests/support/machine_fixture.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define REINSTALL SLIPWAY__V1__MACHINE_COMMAND__ACTION_REINSTALL
#define POWER     SLIPWAY__V1__MACHINE_COMMAND__ACTION_POWER
#define PASSWORD  SLIPWAY__V1__MACHINE_COMMAND__ACTION_SET_PASSWORD
#define DELETE    SLIPWAY__V1__MACHINE_COMMAND__ACTION_DELETE
#define TOGGLE    SLIPWAY__V1__POWER_ACTION__POWER_ACTION_TOGGLE

enum { VPS = 4001 };

static int open_node(void **state)
{
    static struct machine_fixture fixture;

    *state = &fixture;
    return machine_fixture_init(&fixture, "test:///default");
}

static int close_node(void **state)
{
    machine_fixture_deinit(*state);
    return 0;
}

static struct machine_outcome build(void **state)
{
    struct machine_order order = {.vps_id = VPS};
    struct machine_outcome outcome;

    assert_int_equal(machine_order_build(*state, &order, &outcome), 0);
    assert_int_equal(outcome.kind, MACHINE_BUILT);
    return outcome;
}

static int remove_machine(void **state)
{
    machine_fixture_remove(*state, VPS);
    return 0;
}

static struct machine_outcome reinstall(void **state, struct machine_order *order)
{
    struct machine_outcome outcome;

    order->vps_id = VPS;
    order->action = REINSTALL;
    if (machine_order_operate(*state, order, &outcome) != 0)
        fail_msg("%s", order->error.text);
    return outcome;
}

static void a_reinstalled_machine_is_another_with_another_password(void **state)
{
    const struct machine_outcome before = build(state);
    struct machine_order order = {.sequence = 2};
    const struct machine_outcome after = reinstall(state, &order);

    assert_int_equal(after.kind, MACHINE_BUILT);
    assert_false(after.repeated);
    assert_string_not_equal(after.uuid, before.uuid);
    assert_memory_not_equal(after.metadata.sealed_password, before.metadata.sealed_password,
                            PASSWORD_SEALED_SIZE);
    assert_int_equal(after.metadata.sequence, 2);
    assert_string_equal(after.metadata.address, before.metadata.address);
    assert_int_equal(machine_fixture_power(*state, VPS), MACHINE_RUNNING);
    assert_string_equal(order.steps, "reinstalling preparing creating starting finishing ");
    assert_int_equal(order.started, 1);
}

static void a_repeated_reinstallation_keeps_the_machine(void **state)
{
    struct machine_order first = {.sequence = 2}, again = {.sequence = 2};

    (void)build(state);
    const struct machine_outcome one = reinstall(state, &first);
    const struct machine_outcome other = reinstall(state, &again);

    assert_true(other.repeated);
    assert_string_equal(one.uuid, other.uuid);
    assert_memory_equal(one.metadata.sealed_password, other.metadata.sealed_password,
                        PASSWORD_SEALED_SIZE);
    assert_int_equal(again.started, 0);
}

static void an_image_that_is_not_there_leaves_the_machine_as_it_was(void **state)
{
    const struct machine_outcome before = build(state);
    struct machine_order order = {.sequence = 2, .image = "volume:default-pool/absent"};
    struct machine_order again = order;
    struct machine_outcome outcome = reinstall(state, &order);
    CLEANUP(hypervisor_machine_free_cleanup) struct hypervisor_machine *left = NULL;

    assert_int_equal(outcome.kind, MACHINE_FAILED);
    assert_int_equal(outcome.refusal, MACHINE_IMAGE_MISSING);
    assert_int_equal(outcome.power, MACHINE_RUNNING);
    left = machine_fixture_find(*state, VPS);
    assert_string_equal(hypervisor_machine_uuid(left), before.uuid);
    assert_string_equal(machine_fixture_metadata(*state, VPS).failure, "image_missing");
    outcome = reinstall(state, &again);
    assert_int_equal(outcome.refusal, MACHINE_IMAGE_MISSING);
    assert_string_equal(again.steps, "");
}

static void a_machine_that_can_not_be_made_leaves_none(void **state)
{
    struct machine_order order = {.sequence = 2, .vcpu = UINT32_MAX};
    struct machine_outcome outcome;

    (void)build(state);
    outcome = reinstall(state, &order);
    assert_int_equal(outcome.kind, MACHINE_FAILED);
    assert_int_equal(outcome.refusal, MACHINE_NODE_REFUSED);
    assert_int_equal(outcome.power, MACHINE_MISSING);
    assert_null(machine_fixture_find(*state, VPS));
}

static void a_lost_machine_is_reinstalled_anew(void **state)
{
    struct machine_order order = {.sequence = 4};
    const struct machine_outcome outcome = reinstall(state, &order);

    assert_int_equal(outcome.kind, MACHINE_BUILT);
    assert_int_equal(outcome.metadata.sequence, 4);
    assert_int_equal(machine_fixture_power(*state, VPS), MACHINE_RUNNING);
}

/* INV-5: it comes again after the deletion that superseded it. */
static void a_superseded_reinstallation_makes_no_machine(void **state)
{
    struct machine_order order = {.sequence = 2, .settled = true};
    const struct machine_outcome outcome = reinstall(state, &order);

    assert_int_equal(outcome.kind, MACHINE_FAILED);
    assert_int_equal(outcome.refusal, MACHINE_SUPERSEDED);
    assert_null(machine_fixture_find(*state, VPS));
}

static void a_half_made_machine_is_finished_by_the_next_worker(void **state)
{
    static const struct {
        const char *done, *left;
    } cases[] = {
        {"creating",  "reinstalling starting finishing "},
        {"starting",  "reinstalling finishing "         },
        {"finishing", "reinstalling "                   },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); ++i) {
        struct machine_order first = {.sequence = 2}, again = {.sequence = 2};
        struct metadata metadata;

        (void)build(state);
        const struct machine_outcome one = reinstall(state, &first);

        metadata = machine_fixture_metadata(*state, VPS);
        metadata.state = METADATA_BUILDING;
        (void)snprintf(metadata.step, sizeof(metadata.step), "%s", cases[i].done);
        machine_fixture_set_metadata(*state, VPS, &metadata);
        const struct machine_outcome other = reinstall(state, &again);

        assert_int_equal(other.kind, MACHINE_BUILT);
        assert_string_equal(again.steps, cases[i].left);
        assert_string_equal(one.uuid, other.uuid);
        machine_fixture_remove(*state, VPS);
    }
}

static void a_machine_of_somebody_else_is_neither_replaced_nor_deleted(void **state)
{
    static const char xml[] = "<domain type='test'><name>vps-4001</name><memory>1024</memory>"
                              "<os><type>hvm</type></os></domain>";
    struct machine_fixture *fixture = *state;
    CLEANUP(hypervisor_machine_free_cleanup) struct hypervisor_machine *foreign = NULL;
    struct machine_order order = {.sequence = 2};
    struct machine_order deletion = {.vps_id = VPS, .sequence = 3, .action = DELETE};
    struct machine_outcome outcome;

    assert_int_equal(hypervisor_define(fixture->hypervisor, "vps-4001", xml, &foreign, NULL), 0);
    assert_int_equal(reinstall(state, &order).refusal, MACHINE_NAME_TAKEN);
    assert_int_equal(machine_order_operate(fixture, &deletion, &outcome), 0);
    assert_int_equal(outcome.kind, MACHINE_FAILED);
    assert_int_equal(outcome.refusal, MACHINE_NAME_TAKEN);
    assert_int_equal(machine_fixture_power(fixture, VPS), MACHINE_STOPPED);
}

enum { racers = 6, races = 20 };

struct racer {
    struct machine_fixture *fixture;
    pthread_barrier_t *start;
    struct machine_order order;
    int result;
    struct machine_outcome outcome;
};

/* As often as it is told to come again, as Kafka would make it. */
static void *run_race(void *context)
{
    struct racer *racer = context;

    (void)pthread_barrier_wait(racer->start);
    do
        racer->result = machine_order_operate(racer->fixture, &racer->order, &racer->outcome);
    while (racer->result == FAULT_RETRY);
    return NULL;
}

static void race(struct machine_fixture *fixture, const struct machine_order *order,
                 struct racer *all)
{
    pthread_barrier_t start;
    pthread_t threads[racers];

    (void)pthread_barrier_init(&start, NULL, racers);
    for (int i = 0; i < racers; ++i) {
        all[i] = (struct racer){.fixture = fixture, .start = &start, .order = *order};
        assert_int_equal(pthread_create(&threads[i], NULL, run_race, &all[i]), 0);
    }
    for (int i = 0; i < racers; ++i)
        (void)pthread_join(threads[i], NULL);
    (void)pthread_barrier_destroy(&start);
    for (int i = 0; i < racers; ++i)
        assert_int_equal(all[i].result, 0);
}

static void reinstallers_that_race_make_one_machine_with_one_password(void **state) /* INV-5 */
{
    struct racer all[racers];

    (void)build(state);
    for (uint64_t sequence = 2; sequence < 2 + races; ++sequence) {
        const struct machine_order order = {
            .vps_id = VPS, .sequence = sequence, .action = REINSTALL};

        race(*state, &order, all);
        for (int i = 0; i < racers; ++i) {
            assert_int_equal(all[i].outcome.kind, MACHINE_BUILT);
            assert_string_equal(all[i].outcome.uuid, all[0].outcome.uuid);
            assert_memory_equal(all[i].outcome.metadata.sealed_password,
                                all[0].outcome.metadata.sealed_password, PASSWORD_SEALED_SIZE);
        }
        assert_int_equal(machine_fixture_metadata(*state, VPS).sequence, sequence);
    }
}

static void togglers_that_race_turn_once(void **state)
{
    enum machine_power power = MACHINE_RUNNING;
    struct racer all[racers];

    (void)build(state);
    for (uint64_t sequence = 2; sequence < 2 + races; ++sequence) {
        const struct machine_order order = {
            .vps_id = VPS, .sequence = sequence, .action = POWER, .power = TOGGLE};

        power = power == MACHINE_RUNNING ? MACHINE_STOPPED : MACHINE_RUNNING;
        race(*state, &order, all);
        for (int i = 0; i < racers; ++i)
            assert_int_equal(all[i].outcome.power, power);
        assert_int_equal(machine_fixture_power(*state, VPS), power);
    }
}

/* What is kept in the end is what the last one to tell the guest has reported. */
static void passwords_that_race_end_as_one(void **state)
{
    struct racer all[racers];

    (void)build(state);
    for (uint64_t sequence = 2; sequence < 2 + races; ++sequence) {
        const struct machine_order order = {
            .vps_id = VPS, .sequence = sequence, .action = PASSWORD};
        struct metadata metadata;
        int reported = 0;

        race(*state, &order, all);
        metadata = machine_fixture_metadata(*state, VPS);
        assert_int_equal(metadata.state, METADATA_BUILT);
        assert_int_equal(metadata.sequence, sequence);
        for (int i = 0; i < racers; ++i) {
            assert_int_equal(all[i].outcome.kind, MACHINE_PASSWORD_SET);
            reported += memcmp(all[i].outcome.metadata.sealed_password, metadata.sealed_password,
                               PASSWORD_SEALED_SIZE) == 0;
        }
        assert_true(reported > 0);
    }
}

#define ON_THE_NODE(test) cmocka_unit_test_teardown(test, remove_machine)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_THE_NODE(a_reinstalled_machine_is_another_with_another_password),
        ON_THE_NODE(a_repeated_reinstallation_keeps_the_machine),
        ON_THE_NODE(an_image_that_is_not_there_leaves_the_machine_as_it_was),
        ON_THE_NODE(a_machine_that_can_not_be_made_leaves_none),
        ON_THE_NODE(a_lost_machine_is_reinstalled_anew),
        ON_THE_NODE(a_superseded_reinstallation_makes_no_machine),
        ON_THE_NODE(a_half_made_machine_is_finished_by_the_next_worker),
        ON_THE_NODE(a_machine_of_somebody_else_is_neither_replaced_nor_deleted),
        ON_THE_NODE(reinstallers_that_race_make_one_machine_with_one_password),
        ON_THE_NODE(togglers_that_race_turn_once),
        ON_THE_NODE(passwords_that_race_end_as_one),
    };

    return cmocka_run_group_tests(tests, open_node, close_node);
}
