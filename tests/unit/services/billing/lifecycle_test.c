#include "services/billing/lifecycle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void status_names_go_both_ways(void **state)
{
    (void)state;
    for (int i = 0; i < VPS_STATUS_COUNT; ++i) {
        enum vps_status status;

        assert_false(lifecycle_status_parse(lifecycle_status_name((enum vps_status)i), &status));
        assert_int_equal(status, i);
    }
}

static void unknown_status_is_told(void **state)
{
    enum vps_status status;

    (void)state;
    assert_true(lifecycle_status_parse("lost", &status));
}

static void builds_capture_or_refund_from_either_status(void **state)
{
    (void)state;
    for (int from = VPS_PENDING; from <= VPS_BUILDING; ++from) {
        const struct lifecycle_transition *built =
            lifecycle_find((enum vps_status)from, EVENT_BUILT);
        const struct lifecycle_transition *failed =
            lifecycle_find((enum vps_status)from, EVENT_BUILD_FAILED);

        assert_int_equal(built->to, VPS_ACTIVE);
        assert_int_equal(built->effect, EFFECT_CAPTURE);
        assert_int_equal(failed->to, VPS_FAILED);
        assert_int_equal(failed->effect, EFFECT_REFUND);
    }
}

static void start_moves_no_money(void **state)
{
    const struct lifecycle_transition *started = lifecycle_find(VPS_PENDING, EVENT_BUILD_STARTED);

    (void)state;
    assert_int_equal(started->to, VPS_BUILDING);
    assert_int_equal(started->effect, EFFECT_NONE);
}

/* INV-2: whatever follows an outcome, no event moves the money again. */
static void outcomes_are_final(void **state)
{
    (void)state;
    for (int from = VPS_ACTIVE; from < VPS_STATUS_COUNT; ++from)
        for (int event = 0; event < EVENT_COUNT; ++event) {
            const struct lifecycle_transition *transition =
                lifecycle_find((enum vps_status)from, (enum vps_event)event);

            assert_false(transition != NULL && (transition->effect == EFFECT_CAPTURE ||
                                                transition->effect == EFFECT_REFUND));
            assert_false(transition != NULL && transition->to < VPS_ACTIVE);
        }
    assert_null(lifecycle_find(VPS_BUILDING, EVENT_BUILD_STARTED));
}

static void what_is_gone_stays_gone(void **state)
{
    (void)state;
    for (int event = 0; event < EVENT_COUNT; ++event) {
        assert_null(lifecycle_find(VPS_DELETED, (enum vps_event)event));
        assert_null(lifecycle_find(VPS_FAILED, (enum vps_event)event));
    }
}

static void assert_moves(enum vps_status from, enum vps_event event, enum vps_status to,
                         enum vps_effect effect)
{
    const struct lifecycle_transition *transition = lifecycle_find(from, event);

    assert_non_null(transition);
    assert_int_equal(transition->to, to);
    assert_int_equal(transition->effect, effect);
}

static void an_unpaid_server_is_stopped_then_deleted(void **state)
{
    (void)state;
    assert_moves(VPS_ACTIVE, EVENT_PERIOD_ENDED, VPS_SUSPENDED, EFFECT_STOP_MACHINE);
    assert_moves(VPS_SUSPENDED, EVENT_GRACE_ENDED, VPS_DELETING, EFFECT_DELETE_MACHINE);
    assert_moves(VPS_DELETING, EVENT_DELETED, VPS_DELETED, EFFECT_RELEASE);
}

static void a_renewal_brings_a_suspended_server_back(void **state)
{
    (void)state;
    assert_moves(VPS_SUSPENDED, EVENT_RENEWED, VPS_ACTIVE, EFFECT_START_MACHINE);
    assert_moves(VPS_ACTIVE, EVENT_RENEWED, VPS_ACTIVE, EFFECT_NONE);
    assert_moves(VPS_REINSTALLING, EVENT_RENEWED, VPS_REINSTALLING, EFFECT_NONE);
    assert_null(lifecycle_find(VPS_BUILDING, EVENT_RENEWED));
    assert_null(lifecycle_find(VPS_DELETING, EVENT_RENEWED));
}

static void only_an_active_server_takes_orders(void **state)
{
    static const enum vps_event orders[] = {EVENT_POWER_ORDERED, EVENT_PASSWORD_ORDERED,
                                            EVENT_REINSTALL_ORDERED};

    (void)state;
    for (int from = 0; from < VPS_STATUS_COUNT; ++from)
        for (size_t i = 0; i < ARRAY_LENGTH(orders); ++i)
            assert_int_equal(lifecycle_find((enum vps_status)from, orders[i]) != NULL,
                             from == VPS_ACTIVE);
}

static void a_reinstallation_ends_in_an_active_server(void **state)
{
    (void)state;
    assert_moves(VPS_ACTIVE, EVENT_REINSTALL_ORDERED, VPS_REINSTALLING, EFFECT_NONE);
    assert_moves(VPS_REINSTALLING, EVENT_REINSTALLED, VPS_ACTIVE, EFFECT_NONE);
    assert_moves(VPS_REINSTALLING, EVENT_REINSTALL_FAILED, VPS_ACTIVE, EFFECT_NONE);
    assert_null(lifecycle_find(VPS_REINSTALLING, EVENT_PERIOD_ENDED));
}

static void whatever_stands_can_be_deleted(void **state)
{
    static const enum vps_status standing[] = {VPS_ACTIVE, VPS_SUSPENDED, VPS_REINSTALLING};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(standing); ++i)
        assert_moves(standing[i], EVENT_DELETE_ORDERED, VPS_DELETING, EFFECT_DELETE_MACHINE);
    assert_null(lifecycle_find(VPS_BUILDING, EVENT_DELETE_ORDERED));
    assert_moves(VPS_DELETING, EVENT_DELETE_FAILED, VPS_ACTIVE, EFFECT_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(status_names_go_both_ways),
        cmocka_unit_test(unknown_status_is_told),
        cmocka_unit_test(builds_capture_or_refund_from_either_status),
        cmocka_unit_test(start_moves_no_money),
        cmocka_unit_test(outcomes_are_final),
        cmocka_unit_test(what_is_gone_stays_gone),
        cmocka_unit_test(an_unpaid_server_is_stopped_then_deleted),
        cmocka_unit_test(a_renewal_brings_a_suspended_server_back),
        cmocka_unit_test(only_an_active_server_takes_orders),
        cmocka_unit_test(a_reinstallation_ends_in_an_active_server),
        cmocka_unit_test(whatever_stands_can_be_deleted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
