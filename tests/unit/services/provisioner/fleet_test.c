#include "services/provisioner/fleet.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct sighting saw(uint64_t vps_id, uint64_t sequence, bool built, enum machine_power power)
{
    return (struct sighting){vps_id, sequence, built, power};
}

static bool is_news(struct fleet *fleet, struct sighting sighting, uint64_t *ret_sequence)
{
    const bool news = fleet_is_news(fleet, &sighting, ret_sequence);

    fleet_keep(fleet, &sighting);
    return news;
}

static void a_built_machine_that_vanishes_is_news_once(void **state)
{
    CLEANUP(fleet_free_cleanup) struct fleet *fleet = fleet_new();
    uint64_t sequence = 0;

    (void)state;
    assert_false(is_news(fleet, saw(77, 4, true, MACHINE_RUNNING), &sequence));
    assert_true(is_news(fleet, saw(77, 0, false, MACHINE_MISSING), &sequence));
    assert_int_equal(sequence, 4);
    assert_false(is_news(fleet, saw(77, 0, false, MACHINE_MISSING), &sequence));
}

static void a_machine_under_construction_is_never_news(void **state)
{
    CLEANUP(fleet_free_cleanup) struct fleet *fleet = fleet_new();
    uint64_t sequence = 0;

    (void)state;
    assert_false(is_news(fleet, saw(1, 1, false, MACHINE_STOPPED), &sequence));
    assert_false(is_news(fleet, saw(1, 1, false, MACHINE_RUNNING), &sequence));
    assert_false(is_news(fleet, saw(1, 0, false, MACHINE_MISSING), &sequence));
    assert_false(is_news(fleet, saw(1, 1, true, MACHINE_RUNNING), &sequence));
    assert_false(is_news(fleet, saw(1, 2, false, MACHINE_STOPPED), &sequence));
}

static void stops_and_starts_are_news_under_the_sequence_seen(void **state)
{
    CLEANUP(fleet_free_cleanup) struct fleet *fleet = fleet_new();
    uint64_t sequence = 0;

    (void)state;
    assert_false(is_news(fleet, saw(5, 2, true, MACHINE_RUNNING), &sequence));
    assert_true(is_news(fleet, saw(5, 2, true, MACHINE_STOPPED), &sequence));
    assert_int_equal(sequence, 2);
    assert_false(is_news(fleet, saw(5, 2, true, MACHINE_STOPPED), &sequence));
    assert_true(is_news(fleet, saw(5, 2, true, MACHINE_RUNNING), &sequence));
    assert_int_equal(sequence, 2);
}

static void what_comes_with_a_new_command_is_its_workers_to_tell(void **state)
{
    CLEANUP(fleet_free_cleanup) struct fleet *fleet = fleet_new();
    uint64_t sequence = 0;

    (void)state;
    assert_false(is_news(fleet, saw(5, 1, true, MACHINE_RUNNING), &sequence));
    assert_false(is_news(fleet, saw(5, 2, true, MACHINE_STOPPED), &sequence));
    assert_true(is_news(fleet, saw(5, 2, true, MACHINE_RUNNING), &sequence));
    assert_int_equal(sequence, 2);
}

static void all_that_is_known_is_listed(void **state)
{
    CLEANUP(fleet_free_cleanup) struct fleet *fleet = fleet_new();
    CLEANUP(cleanup_free) uint64_t *ids = NULL;
    uint64_t sum = 0, sequence = 0;
    size_t count;

    (void)state;
    for (uint64_t id = 1; id <= 100; ++id)
        assert_false(is_news(fleet, saw(id, 1, true, MACHINE_RUNNING), &sequence));
    assert_true(is_news(fleet, saw(50, 0, false, MACHINE_MISSING), &sequence));
    count = fleet_ids(fleet, &ids);
    assert_int_equal(count, 99);
    for (size_t i = 0; i < count; ++i)
        sum += ids[i];
    assert_int_equal(sum, 5050 - 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_built_machine_that_vanishes_is_news_once),
        cmocka_unit_test(a_machine_under_construction_is_never_news),
        cmocka_unit_test(stops_and_starts_are_news_under_the_sequence_seen),
        cmocka_unit_test(what_comes_with_a_new_command_is_its_workers_to_tell),
        cmocka_unit_test(all_that_is_known_is_listed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
