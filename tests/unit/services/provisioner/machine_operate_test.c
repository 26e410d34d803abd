/* Orders to machines that stand, on libvirt's own test driver inside this process: power, password,
 * deletion, and whose turn it is. */
#include "tests/support/machine_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define POWER    SLIPWAY__V1__MACHINE_COMMAND__ACTION_POWER
#define PASSWORD SLIPWAY__V1__MACHINE_COMMAND__ACTION_SET_PASSWORD
#define DELETE   SLIPWAY__V1__MACHINE_COMMAND__ACTION_DELETE
#define START    SLIPWAY__V1__POWER_ACTION__POWER_ACTION_START
#define STOP     SLIPWAY__V1__POWER_ACTION__POWER_ACTION_STOP
#define REBOOT   SLIPWAY__V1__POWER_ACTION__POWER_ACTION_REBOOT
#define TOGGLE   SLIPWAY__V1__POWER_ACTION__POWER_ACTION_TOGGLE

enum { VPS = 3001 };

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

/* A running machine under sequence 1. */
static int build_machine(void **state)
{
    struct machine_order order = {.vps_id = VPS};
    struct machine_outcome outcome;

    assert_int_equal(machine_order_build(*state, &order, &outcome), 0);
    assert_int_equal(outcome.kind, MACHINE_BUILT);
    return 0;
}

static int remove_machine(void **state)
{
    machine_fixture_remove(*state, VPS);
    return 0;
}

static struct machine_outcome operate(void **state, struct machine_order *order)
{
    struct machine_outcome outcome;

    order->vps_id = VPS;
    if (machine_order_operate(*state, order, &outcome) != 0)
        fail_msg("%s", order->error.text);
    return outcome;
}

static void assert_failed(const struct machine_outcome *outcome, enum machine_refusal refusal)
{
    assert_int_equal(outcome->kind, MACHINE_FAILED);
    assert_int_equal(outcome->refusal, refusal);
}

static void each_power_action_ends_where_it_should(void **state)
{
    static const struct {
        Slipway__V1__PowerAction action;
        enum machine_power after;
        const char *step;
    } cases[] = {
        {REBOOT, MACHINE_RUNNING, "rebooting "},
        {STOP,   MACHINE_STOPPED, "stopping " },
        {STOP,   MACHINE_STOPPED, "stopping " },
        {REBOOT, MACHINE_RUNNING, "rebooting "},
        {START,  MACHINE_RUNNING, "starting " },
        {TOGGLE, MACHINE_STOPPED, "stopping " },
        {TOGGLE, MACHINE_RUNNING, "starting " },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); ++i) {
        struct machine_order order = {.sequence = 2 + i, .action = POWER, .power = cases[i].action};
        const struct machine_outcome outcome = operate(state, &order);
        struct metadata metadata;

        assert_int_equal(outcome.kind, MACHINE_POWERED);
        assert_int_equal(outcome.power, cases[i].after);
        assert_int_equal(machine_fixture_power(*state, VPS), cases[i].after);
        assert_string_equal(order.steps, cases[i].step);
        assert_int_equal(order.started, 1);
        metadata = machine_fixture_metadata(*state, VPS);
        assert_int_equal(metadata.sequence, 2 + i);
        assert_int_equal(metadata.state, METADATA_BUILT);
    }
}

static void without_time_to_shut_down_a_machine_is_switched_off(void **state)
{
    struct machine_fixture *fixture = *state;
    struct machine_order order = {.sequence = 2, .action = POWER, .power = STOP};

    fixture->settings.shutdown_ms = 0;
    assert_int_equal(operate(state, &order).power, MACHINE_STOPPED);
    fixture->settings.shutdown_ms = 1000;
}

static void a_repeated_order_reports_the_same_and_does_nothing(void **state)
{
    struct machine_order first = {.sequence = 2, .action = POWER, .power = TOGGLE};
    struct machine_order again = first;

    assert_int_equal(operate(state, &first).power, MACHINE_STOPPED);
    const struct machine_outcome outcome = operate(state, &again);

    assert_true(outcome.repeated);
    assert_int_equal(outcome.kind, MACHINE_POWERED);
    assert_int_equal(outcome.power, MACHINE_STOPPED);
    assert_int_equal(again.started, 0);
    assert_string_equal(again.steps, "");
}

static void a_toggle_that_was_begun_does_not_turn_back(void **state)
{
    struct machine_order order = {.sequence = 2, .action = POWER, .power = TOGGLE};
    struct machine_order stop = {.sequence = 2, .action = POWER, .power = STOP};
    struct metadata metadata;

    /* A worker has decided to stop, has stopped, and died. */
    assert_int_equal(operate(state, &stop).power, MACHINE_STOPPED);
    metadata = machine_fixture_metadata(*state, VPS);
    metadata.state = METADATA_WORKING;
    machine_fixture_set_metadata(*state, VPS, &metadata);
    assert_int_equal(operate(state, &order).power, MACHINE_STOPPED);
    assert_string_equal(order.steps, "stopping ");
}

static void an_action_of_a_later_version_is_not_supported(void **state)
{
    struct machine_order order = {
        .sequence = 2, .action = POWER, .power = (Slipway__V1__PowerAction)77};
    struct machine_order again = order;
    struct machine_outcome outcome = operate(state, &order);

    assert_failed(&outcome, MACHINE_NOT_SUPPORTED);
    assert_int_equal(outcome.power, MACHINE_RUNNING);
    outcome = operate(state, &again);
    assert_failed(&outcome, MACHINE_NOT_SUPPORTED);
    assert_int_equal(again.started, 0);
}

static void orders_keep_their_order(void **state)
{
    struct machine_order early = {.vps_id = VPS, .sequence = 3, .action = POWER, .power = START};
    struct machine_order stop = {.sequence = 2, .action = POWER, .power = STOP};
    struct machine_order start = {.sequence = 3, .action = POWER, .power = START};
    struct machine_order late = {.sequence = 2, .action = POWER, .power = STOP};
    struct machine_outcome outcome;

    assert_int_equal(machine_order_operate(*state, &early, &outcome), MACHINE_EARLY);
    assert_int_equal(early.started, 0);
    assert_int_equal(operate(state, &stop).power, MACHINE_STOPPED);
    assert_int_equal(operate(state, &start).power, MACHINE_RUNNING);
    outcome = operate(state, &late);
    assert_failed(&outcome, MACHINE_OVERTAKEN);
    assert_int_equal(outcome.power, MACHINE_RUNNING);
    assert_int_equal(machine_fixture_power(*state, VPS), MACHINE_RUNNING);
}

/* Given up while the node was away, or failed without a machine: nobody waits for it. */
static void what_has_ended_for_billing_is_not_waited_for(void **state)
{
    struct machine_order order = {
        .sequence = 5, .settled_sequence = 4, .action = POWER, .power = STOP};
    struct machine_order after = {
        .sequence = 6, .settled_sequence = 4, .action = POWER, .power = START};

    assert_int_equal(operate(state, &order).power, MACHINE_STOPPED);
    assert_int_equal(operate(state, &after).power, MACHINE_RUNNING);
}

static void a_superseded_order_is_skipped(void **state)
{
    struct machine_order order = {.sequence = 2, .action = POWER, .power = STOP, .settled = true};
    const struct machine_outcome outcome = operate(state, &order);

    assert_failed(&outcome, MACHINE_SUPERSEDED);
    assert_int_equal(order.started, 0);
    assert_int_equal(machine_fixture_power(*state, VPS), MACHINE_RUNNING);
    assert_int_equal(machine_fixture_metadata(*state, VPS).sequence, 1);
}

static bool opens(const struct machine_fixture *fixture, const struct metadata *metadata)
{
    unsigned char opened[PASSWORD_LENGTH];

    return metadata->sealed_length == PASSWORD_SEALED_SIZE &&
           crypto_box_seal_open(opened, metadata->sealed_password, metadata->sealed_length,
                                fixture->settings.seal_key.public_key, fixture->secret_key) == 0;
}

static bool is_same_seal(const struct metadata *left, const struct metadata *right)
{
    return left->sealed_length == right->sealed_length &&
           memcmp(left->sealed_password, right->sealed_password, left->sealed_length) == 0;
}

static void a_new_password_is_sealed_and_repeats_are_the_same(void **state)
{
    const struct metadata before = machine_fixture_metadata(*state, VPS);
    struct machine_order order = {.sequence = 2, .action = PASSWORD};
    struct machine_order again = order;
    const struct machine_outcome first = operate(state, &order);
    const struct machine_outcome second = operate(state, &again);
    const struct metadata after = machine_fixture_metadata(*state, VPS);

    assert_int_equal(first.kind, MACHINE_PASSWORD_SET);
    assert_string_equal(order.steps, "setting password ");
    assert_string_equal(first.metadata.login, "root");
    assert_true(opens(*state, &first.metadata));
    assert_false(is_same_seal(&before, &after));
    assert_true(is_same_seal(&first.metadata, &after));
    assert_int_equal(second.kind, MACHINE_PASSWORD_SET);
    assert_true(second.repeated);
    assert_true(is_same_seal(&first.metadata, &second.metadata));
}

/* Its seal can't be opened by the next worker, and whether the guest was told nobody knows. */
static void a_password_that_was_begun_is_made_anew(void **state)
{
    struct machine_order first = {.sequence = 2, .action = PASSWORD};
    struct machine_order again = first;
    const struct machine_outcome one = operate(state, &first);
    struct metadata metadata = machine_fixture_metadata(*state, VPS);

    metadata.state = METADATA_WORKING;
    machine_fixture_set_metadata(*state, VPS, &metadata);
    const struct machine_outcome other = operate(state, &again);

    metadata = machine_fixture_metadata(*state, VPS);
    assert_false(other.repeated);
    assert_false(is_same_seal(&one.metadata, &other.metadata));
    assert_true(is_same_seal(&metadata, &other.metadata));
    assert_int_equal(metadata.state, METADATA_BUILT);
}

static void a_stopped_machine_keeps_its_password(void **state)
{
    struct machine_order stop = {.sequence = 2, .action = POWER, .power = STOP};
    struct machine_order order = {.sequence = 3, .action = PASSWORD};
    const struct metadata before = machine_fixture_metadata(*state, VPS);
    struct metadata after;

    (void)operate(state, &stop);
    const struct machine_outcome outcome = operate(state, &order);

    assert_failed(&outcome, MACHINE_NOT_RUNNING);
    assert_int_equal(outcome.power, MACHINE_STOPPED);
    after = machine_fixture_metadata(*state, VPS);
    assert_true(is_same_seal(&before, &after));
    assert_string_equal(after.failure, "not_running");
}

static void a_deleted_machine_is_gone_and_deleted_again_without_harm(void **state)
{
    struct machine_order order = {.sequence = 2, .action = DELETE};
    struct machine_order again = order;

    assert_int_equal(operate(state, &order).kind, MACHINE_DELETED);
    assert_string_equal(order.steps, "deleting ");
    assert_null(machine_fixture_find(*state, VPS));
    assert_int_equal(operate(state, &again).kind, MACHINE_DELETED);
    assert_int_equal(again.started, 0);
}

/* Of a deletion that had failed, and after which the machine was used on. */
static void a_late_deletion_spares_a_machine_that_went_on(void **state)
{
    struct machine_order start = {
        .sequence = 3, .settled_sequence = 2, .action = POWER, .power = START};
    struct machine_order late = {.sequence = 2, .action = DELETE};

    (void)operate(state, &start);
    const struct machine_outcome outcome = operate(state, &late);

    assert_failed(&outcome, MACHINE_OVERTAKEN);
    assert_int_equal(machine_fixture_power(*state, VPS), MACHINE_RUNNING);
}

static void a_machine_that_is_missing_takes_no_orders(void **state)
{
    struct machine_order order = {.sequence = 2, .action = POWER, .power = START};
    struct machine_order password = {.sequence = 3, .action = PASSWORD};
    struct machine_outcome outcome;

    machine_fixture_remove(*state, VPS);
    outcome = operate(state, &order);
    assert_failed(&outcome, MACHINE_GONE);
    assert_int_equal(outcome.power, MACHINE_MISSING);
    outcome = operate(state, &password);
    assert_failed(&outcome, MACHINE_GONE);
    assert_int_equal(password.started, 0);
}

static void a_build_repeated_after_orders_only_looks(void **state)
{
    struct machine_order stop = {.sequence = 2, .action = POWER, .power = STOP};
    struct machine_order build = {.vps_id = VPS};
    struct machine_outcome outcome;

    (void)operate(state, &stop);
    assert_int_equal(machine_order_build(*state, &build, &outcome), 0);
    assert_int_equal(outcome.kind, MACHINE_OBSERVED);
    assert_int_equal(outcome.power, MACHINE_STOPPED);
    assert_int_equal(build.started, 0);
}

static void giving_up_says_that_the_node_was_away(void **state)
{
    struct machine_outcome outcome;

    (void)state;
    machine_give_up(&outcome);
    assert_failed(&outcome, MACHINE_NODE_UNAVAILABLE);
    assert_int_equal(outcome.power, MACHINE_UNKNOWN);
}

#define ON_A_MACHINE(test) cmocka_unit_test_setup_teardown(test, build_machine, remove_machine)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_MACHINE(each_power_action_ends_where_it_should),
        ON_A_MACHINE(without_time_to_shut_down_a_machine_is_switched_off),
        ON_A_MACHINE(a_repeated_order_reports_the_same_and_does_nothing),
        ON_A_MACHINE(a_toggle_that_was_begun_does_not_turn_back),
        ON_A_MACHINE(an_action_of_a_later_version_is_not_supported),
        ON_A_MACHINE(orders_keep_their_order),
        ON_A_MACHINE(what_has_ended_for_billing_is_not_waited_for),
        ON_A_MACHINE(a_superseded_order_is_skipped),
        ON_A_MACHINE(a_new_password_is_sealed_and_repeats_are_the_same),
        ON_A_MACHINE(a_password_that_was_begun_is_made_anew),
        ON_A_MACHINE(a_stopped_machine_keeps_its_password),
        ON_A_MACHINE(a_deleted_machine_is_gone_and_deleted_again_without_harm),
        ON_A_MACHINE(a_late_deletion_spares_a_machine_that_went_on),
        ON_A_MACHINE(a_machine_that_is_missing_takes_no_orders),
        ON_A_MACHINE(a_build_repeated_after_orders_only_looks),
        ON_A_MACHINE(giving_up_says_that_the_node_was_away),
    };

    return cmocka_run_group_tests(tests, open_node, close_node);
}
