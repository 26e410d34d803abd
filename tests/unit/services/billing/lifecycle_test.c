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

/* INV-2: nothing follows an outcome, so no event moves the money again. */
static void outcomes_are_final(void **state)
{
    (void)state;
    for (int from = VPS_ACTIVE; from < VPS_STATUS_COUNT; ++from)
        for (int event = 0; event < EVENT_COUNT; ++event)
            assert_null(lifecycle_find((enum vps_status)from, (enum vps_event)event));
    assert_null(lifecycle_find(VPS_BUILDING, EVENT_BUILD_STARTED));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(status_names_go_both_ways),
        cmocka_unit_test(unknown_status_is_told),
        cmocka_unit_test(builds_capture_or_refund_from_either_status),
        cmocka_unit_test(start_moves_no_money),
        cmocka_unit_test(outcomes_are_final),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
