/* What the passing of time does to a server. */
#include "lib/base/clock.h"
#include "services/billing/lifecycle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const int64_t minute_us = INT64_C(60) * 1000000;
static const int64_t day_us = INT64_C(24) * 60 * 60 * 1000000;
static const int64_t grace_us = INT64_C(7) * 24 * 60 * 60 * 1000000;

static int64_t at(const char *text)
{
    int64_t time_us = 0;

    assert_false(clock_parse(text, &time_us));
    return time_us;
}

/* A server whose period ends then, and that is due. */
static struct lifecycle_term ending(enum vps_status status, int64_t expires_at_us,
                                    int64_t noticed_days)
{
    return (struct lifecycle_term){status, expires_at_us, 1, noticed_days};
}

static void assert_judged(const struct lifecycle_term *term, int64_t now_us, int64_t notice_days,
                          enum vps_status to)
{
    const struct lifecycle_due due = lifecycle_judge(term, grace_us, now_us);

    assert_int_equal(due.notice_days, notice_days);
    if (to == VPS_STATUS_COUNT) {
        assert_null(due.step);
        return;
    }
    assert_non_null(due.step);
    assert_int_equal(due.step->to, to);
}

static void assert_nothing(const struct lifecycle_term *term, int64_t now_us)
{
    assert_judged(term, now_us, 0, VPS_STATUS_COUNT);
}

static void a_period_is_looked_at_a_week_before_its_end(void **state)
{
    (void)state;
    assert_int_equal(lifecycle_first_due_us(7 * day_us + 5), 5);
}

static void renewal_adds_calendar_months(void **state)
{
    static const struct {
        const char *end;
        uint32_t months;
        const char *renewed;
    } cases[] = {
        {"2027-01-31T10:00:00Z", 1,  "2027-02-28T10:00:00Z"},
        {"2028-01-31T10:00:00Z", 1,  "2028-02-29T10:00:00Z"},
        {"2028-02-29T23:59:59Z", 12, "2029-02-28T23:59:59Z"},
        {"2027-11-30T00:00:00Z", 3,  "2028-02-29T00:00:00Z"},
        {"2027-03-31T00:00:00Z", 1,  "2027-04-30T00:00:00Z"},
        {"2026-12-09T12:00:00Z", 3,  "2027-03-09T12:00:00Z"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); ++i) {
        int64_t end_us = 0;

        assert_false(lifecycle_extend(at(cases[i].end), cases[i].months, at("2026-11-01T00:00:00Z"),
                                      &end_us));
        assert_int_equal(end_us, at(cases[i].renewed));
    }
}

static void a_period_that_has_ended_is_renewed_from_now(void **state)
{
    const int64_t now_us = at("2027-01-31T08:00:00Z");
    int64_t end_us = 0;

    (void)state;
    assert_false(lifecycle_extend(now_us - 5 * day_us, 1, now_us, &end_us));
    assert_int_equal(end_us, at("2027-02-28T08:00:00Z"));
    assert_false(lifecycle_extend(now_us, 1, now_us, &end_us));
    assert_int_equal(end_us, at("2027-02-28T08:00:00Z"));
}

static void no_period_goes_past_the_year_9999(void **state)
{
    int64_t end_us = 5;

    (void)state;
    assert_false(lifecycle_extend(at("9999-11-30T23:59:59Z"), 1, 0, &end_us));
    assert_int_equal(end_us, at("9999-12-30T23:59:59Z"));
    end_us = 5;
    assert_true(lifecycle_extend(at("9999-12-01T00:00:00Z"), 1, 0, &end_us));
    assert_int_equal(end_us, 5);
}

static void notices_come_7_3_and_1_days_before_the_end(void **state)
{
    static const struct {
        int64_t days_before, noticed, notice;
    } cases[] = {
        {8, 0, 0},
        {7, 0, 7},
        {7, 7, 0},
        {6, 7, 0},
        {4, 7, 0},
        {3, 7, 3},
        {3, 3, 0},
        {2, 3, 0},
        {1, 3, 1},
        {1, 1, 0},
        {4, 3, 0},
    };
    const int64_t end_us = 100 * day_us;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); ++i) {
        const struct lifecycle_term term = ending(VPS_ACTIVE, end_us, cases[i].noticed);

        assert_judged(&term, end_us - cases[i].days_before * day_us, cases[i].notice,
                      VPS_STATUS_COUNT);
    }
}

static void a_notice_is_due_to_the_microsecond(void **state)
{
    const struct lifecycle_term term = ending(VPS_ACTIVE, 100 * day_us, 7);

    (void)state;
    assert_nothing(&term, 97 * day_us - 1);
    assert_judged(&term, 97 * day_us, 3, VPS_STATUS_COUNT);
}

/* The service was down meanwhile. */
static void of_overdue_notices_only_the_last_that_holds_is_given(void **state)
{
    const int64_t end_us = 100 * day_us;
    const struct lifecycle_term unnoticed = ending(VPS_ACTIVE, end_us, 0);
    const struct lifecycle_term noticed = ending(VPS_ACTIVE, end_us, 7);

    (void)state;
    assert_judged(&unnoticed, end_us - 2 * day_us, 3, VPS_STATUS_COUNT);
    assert_judged(&unnoticed, end_us - 1, 1, VPS_STATUS_COUNT);
    assert_judged(&noticed, end_us - 1, 1, VPS_STATUS_COUNT);
    assert_judged(&unnoticed, end_us, 0, VPS_SUSPENDED);
}

static void owners_of_a_server_that_is_reinstalled_are_warned_too(void **state)
{
    const struct lifecycle_term term = ending(VPS_REINSTALLING, 100 * day_us, 0);

    (void)state;
    assert_judged(&term, 93 * day_us, 7, VPS_STATUS_COUNT);
}

static void nobody_is_warned_of_what_is_not_running(void **state)
{
    static const enum vps_status quiet[] = {VPS_PENDING,  VPS_BUILDING, VPS_SUSPENDED,
                                            VPS_DELETING, VPS_DELETED,  VPS_FAILED};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(quiet); ++i) {
        const struct lifecycle_term term = ending(quiet[i], 100 * day_us, 0);

        assert_nothing(&term, 99 * day_us);
    }
}

static void nothing_happens_before_it_is_due(void **state)
{
    struct lifecycle_term term = ending(VPS_ACTIVE, 100 * day_us, 0);

    (void)state;
    term.due_at_us = 99 * day_us;
    assert_nothing(&term, 99 * day_us - 1);
    assert_judged(&term, 99 * day_us, 1, VPS_STATUS_COUNT);
    term.due_at_us = 0;
    assert_nothing(&term, 200 * day_us);
}

static void an_ended_period_suspends_what_is_active_and_waits_for_the_rest(void **state)
{
    (void)state;
    for (int status = 0; status < VPS_STATUS_COUNT; ++status) {
        const struct lifecycle_term term = ending((enum vps_status)status, 100 * day_us, 1);

        assert_judged(&term, 100 * day_us, 0,
                      status == VPS_ACTIVE ? VPS_SUSPENDED : VPS_STATUS_COUNT);
    }
}

static void a_suspended_server_goes_after_the_grace_period(void **state)
{
    struct lifecycle_term term = ending(VPS_SUSPENDED, 100 * day_us, 1);

    (void)state;
    assert_nothing(&term, 107 * day_us - 1);
    assert_judged(&term, 107 * day_us, 0, VPS_DELETING);
    term.due_at_us = 108 * day_us;
    assert_nothing(&term, 108 * day_us - 1);
    assert_judged(&term, 108 * day_us, 0, VPS_DELETING);
}

static int64_t next_due_us(enum vps_status status, int64_t expires_at_us, int64_t noticed_days,
                           int64_t now_us)
{
    const struct lifecycle_term term = ending(status, expires_at_us, noticed_days);

    return lifecycle_next_due_us(&term, grace_us, now_us);
}

static void the_next_look_is_at_the_next_notice_and_then_at_the_end(void **state)
{
    const int64_t end_us = 100 * day_us;

    (void)state;
    assert_int_equal(next_due_us(VPS_ACTIVE, end_us, 0, 50 * day_us), 93 * day_us);
    assert_int_equal(next_due_us(VPS_ACTIVE, end_us, 7, 93 * day_us), 97 * day_us);
    assert_int_equal(next_due_us(VPS_ACTIVE, end_us, 3, 98 * day_us), 99 * day_us);
    assert_int_equal(next_due_us(VPS_ACTIVE, end_us, 1, 99 * day_us), end_us);
}

static void grace_counts_from_the_suspension_even_when_that_comes_late(void **state)
{
    (void)state;
    assert_int_equal(next_due_us(VPS_SUSPENDED, 100 * day_us, 1, 100 * day_us), 107 * day_us);
    assert_int_equal(next_due_us(VPS_SUSPENDED, 100 * day_us, 1, 130 * day_us), 137 * day_us);
    assert_int_equal(next_due_us(VPS_SUSPENDED, 100 * day_us, 1, 90 * day_us), 107 * day_us);
}

static void what_is_over_is_never_looked_at_again(void **state)
{
    (void)state;
    assert_int_equal(next_due_us(VPS_DELETED, 100 * day_us, 0, 50 * day_us), 0);
    assert_int_equal(next_due_us(VPS_FAILED, 100 * day_us, 0, 50 * day_us), 0);
}

/* A build, a reinstallation or a deletion that hangs must not be asked after all the time. */
static void what_waits_for_somebody_else_is_looked_at_within_the_hour(void **state)
{
    static const enum vps_status waiting[] = {VPS_PENDING, VPS_BUILDING, VPS_REINSTALLING,
                                              VPS_DELETING};
    const int64_t now_us = 101 * day_us;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(waiting); ++i) {
        const int64_t due_us = next_due_us(waiting[i], 100 * day_us, 0, now_us);

        assert_true(due_us >= now_us + minute_us);
        assert_true(due_us <= now_us + 60 * minute_us);
    }
}

/* A whole life, looked at whenever it is due: each notice once, then the two steps. */
static void a_life_is_three_notices_and_two_steps(void **state)
{
    struct lifecycle_term term = {VPS_ACTIVE, 100 * day_us, 93 * day_us, 0};
    int64_t notices[8] = {0};
    int notice_count = 0, steps = 0, looks = 0;

    (void)state;
    for (; term.status != VPS_DELETING; ++looks) {
        const int64_t now_us = term.due_at_us;
        const struct lifecycle_due due = lifecycle_judge(&term, grace_us, now_us);

        assert_true(looks < 8);
        if (due.notice_days != 0)
            notices[notice_count++] = term.noticed_days = due.notice_days;
        if (due.step != NULL)
            term.status = due.step->to;
        steps += due.step != NULL;
        term.due_at_us = lifecycle_next_due_us(&term, grace_us, now_us);
        assert_true(term.due_at_us > now_us);
    }
    assert_int_equal(notice_count, 3);
    assert_int_equal(notices[0], 7);
    assert_int_equal(notices[1], 3);
    assert_int_equal(notices[2], 1);
    assert_int_equal(steps, 2);
    assert_int_equal(looks, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_period_is_looked_at_a_week_before_its_end),
        cmocka_unit_test(renewal_adds_calendar_months),
        cmocka_unit_test(a_period_that_has_ended_is_renewed_from_now),
        cmocka_unit_test(no_period_goes_past_the_year_9999),
        cmocka_unit_test(notices_come_7_3_and_1_days_before_the_end),
        cmocka_unit_test(a_notice_is_due_to_the_microsecond),
        cmocka_unit_test(of_overdue_notices_only_the_last_that_holds_is_given),
        cmocka_unit_test(owners_of_a_server_that_is_reinstalled_are_warned_too),
        cmocka_unit_test(nobody_is_warned_of_what_is_not_running),
        cmocka_unit_test(nothing_happens_before_it_is_due),
        cmocka_unit_test(an_ended_period_suspends_what_is_active_and_waits_for_the_rest),
        cmocka_unit_test(a_suspended_server_goes_after_the_grace_period),
        cmocka_unit_test(the_next_look_is_at_the_next_notice_and_then_at_the_end),
        cmocka_unit_test(grace_counts_from_the_suspension_even_when_that_comes_late),
        cmocka_unit_test(what_is_over_is_never_looked_at_again),
        cmocka_unit_test(what_waits_for_somebody_else_is_looked_at_within_the_hour),
        cmocka_unit_test(a_life_is_three_notices_and_two_steps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
