/* Reinstallations on libvirt's own test driver inside this process. */
#include "tests/support/machine_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define REINSTALL SLIPWAY__V1__MACHINE_COMMAND__ACTION_REINSTALL
#define POWER     SLIPWAY__V1__MACHINE_COMMAND__ACTION_POWER
#define DELETE    SLIPWAY__V1__MACHINE_COMMAND__ACTION_DELETE
#define STOP      SLIPWAY__V1__POWER_ACTION__POWER_ACTION_STOP

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

/* Another worker does it all, and the customer's next order too, while this one is about to define
 * its machine. */
static void let_another_finish(struct machine_fixture *fixture, const char *name)
{
    struct machine_order other = {.vps_id = VPS, .sequence = 2, .action = REINSTALL};
    struct machine_order stop = {.vps_id = VPS, .sequence = 3, .action = POWER, .power = STOP};
    struct machine_outcome outcome;

    if (strcmp(name, "creating") != 0)
        return;
    assert_int_equal(machine_order_operate(fixture, &other, &outcome), 0);
    assert_int_equal(machine_order_operate(fixture, &stop, &outcome), 0);
    assert_int_equal(outcome.power, MACHINE_STOPPED);
}

/* INV-5 */
static void a_worker_that_was_overtaken_leaves_the_machine_alone(void **state)
{
    struct machine_order order = {.sequence = 2, .at_step = let_another_finish};
    struct machine_outcome outcome;

    (void)build(state);
    outcome = reinstall(state, &order);
    assert_int_equal(outcome.kind, MACHINE_FAILED);
    assert_int_equal(outcome.refusal, MACHINE_OVERTAKEN);
    assert_int_equal(machine_fixture_power(*state, VPS), MACHINE_STOPPED);
    assert_int_equal(machine_fixture_metadata(*state, VPS).sequence, 3);
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
        ON_THE_NODE(a_worker_that_was_overtaken_leaves_the_machine_alone),
        ON_THE_NODE(a_machine_of_somebody_else_is_neither_replaced_nor_deleted),
    };

    return cmocka_run_group_tests(tests, open_node, close_node);
}
