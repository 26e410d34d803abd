/* The steps of a build on libvirt's own test driver, inside this process. */
#include "services/provisioner/machine_steps.h"
#include "tests/support/machine_fixture.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

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

static void assert_opens(const struct machine_fixture *fixture, const struct metadata *metadata)
{
    unsigned char opened[PASSWORD_LENGTH];

    assert_int_equal(metadata->seal_key_id, 7);
    assert_int_equal(
        crypto_box_seal_open(opened, metadata->sealed_password, metadata->sealed_length,
                             fixture->settings.seal_key.public_key, fixture->secret_key),
        0);
}

static void assert_running(struct machine_fixture *fixture, uint64_t vps_id)
{
    CLEANUP(hypervisor_machine_free_cleanup)
    struct hypervisor_machine *machine = machine_fixture_find(fixture, vps_id);
    enum hypervisor_power power;

    assert_non_null(machine);
    assert_int_equal(hypervisor_machine_power(machine, &power, NULL), 0);
    assert_int_equal(power, HYPERVISOR_RUNNING);
}

/* Puts the machine back to where a worker that died after `step` would have left it. */
static void rewind_to(struct machine_fixture *fixture, uint64_t vps_id, const char *step)
{
    CLEANUP(hypervisor_machine_free_cleanup)
    struct hypervisor_machine *machine = machine_fixture_find(fixture, vps_id);
    CLEANUP(cleanup_free) char *before = NULL;
    CLEANUP(cleanup_free) char *after = NULL;
    struct metadata metadata;

    assert_non_null(machine);
    assert_int_equal(hypervisor_machine_metadata(machine, &before, NULL), 0);
    assert_int_equal(metadata_parse(before, strlen(before), &metadata, NULL), 0);
    metadata.state = METADATA_BUILDING;
    (void)snprintf(metadata.step, sizeof(metadata.step), "%s", step);
    assert_int_equal(metadata_format(&metadata, &after, NULL), 0);
    assert_int_equal(hypervisor_machine_set_metadata(machine, after, NULL), 0);
    if (strcmp(step, "creating") == 0)
        assert_int_equal(hypervisor_machine_stop(machine, NULL), 0);
}

static void a_build_ends_with_a_running_machine_and_a_sealed_password(void **state)
{
    struct machine_fixture *fixture = *state;
    struct machine_order order = {.vps_id = 1001};
    struct machine_outcome outcome;

    assert_int_equal(machine_order_build(fixture, &order, &outcome), 0);
    assert_int_equal(outcome.kind, MACHINE_BUILT);
    assert_false(outcome.repeated);
    assert_int_equal(outcome.metadata.port, 22);
    assert_string_equal(outcome.metadata.login, "root");
    assert_string_equal(outcome.metadata.address, "192.0.2.10");
    assert_int_equal(strlen(outcome.uuid), 36);
    assert_opens(fixture, &outcome.metadata);
    assert_running(fixture, 1001);
    assert_int_equal(order.started, 1);
    assert_string_equal(order.steps, "preparing creating starting finishing ");
    machine_fixture_remove(fixture, 1001);
}

static void a_repeated_build_gives_the_same_outcome_and_begins_nothing(void **state)
{
    struct machine_fixture *fixture = *state;
    struct machine_order first = {.vps_id = 1002}, again = {.vps_id = 1002};
    struct machine_outcome one, other;

    assert_int_equal(machine_order_build(fixture, &first, &one), 0);
    assert_int_equal(machine_order_build(fixture, &again, &other), 0);
    assert_true(other.repeated);
    assert_string_equal(one.uuid, other.uuid);
    assert_memory_equal(one.metadata.sealed_password, other.metadata.sealed_password,
                        one.metadata.sealed_length);
    assert_int_equal(again.started, 0);
    assert_string_equal(again.steps, "");
    machine_fixture_remove(fixture, 1002);
}

static void a_half_built_machine_goes_on_after_its_last_step(void **state)
{
    static const struct {
        const char *done, *left;
    } cases[] = {
        {"creating",    "starting finishing "                   },
        {"starting",    "finishing "                            },
        {"credentials", "finishing "                            },
        {"finishing",   ""                                      },
 /* Of a version that this one does not know: everything again. */
        {"polishing",   "preparing creating starting finishing "},
    };
    struct machine_fixture *fixture = *state;

    for (size_t i = 0; i < ARRAY_LENGTH(cases); ++i) {
        struct machine_order first = {.vps_id = 1003}, again = {.vps_id = 1003};
        struct machine_outcome one, other;

        assert_int_equal(machine_order_build(fixture, &first, &one), 0);
        rewind_to(fixture, 1003, cases[i].done);
        assert_int_equal(machine_order_build(fixture, &again, &other), 0);
        assert_int_equal(other.kind, MACHINE_BUILT);
        assert_string_equal(again.steps, cases[i].left);
        assert_string_equal(one.uuid, other.uuid);
        assert_memory_equal(one.metadata.sealed_password, other.metadata.sealed_password,
                            one.metadata.sealed_length);
        assert_running(fixture, 1003);
        machine_fixture_remove(fixture, 1003);
    }
}

static void progress_grows_down_the_table_and_stays_below_the_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < step_count; ++i) {
        assert_true(steps[i].percent < 100);
        assert_true(i == 0 || steps[i].percent > steps[i - 1].percent);
        assert_true(strlen(steps[i].name) < METADATA_STEP_SIZE);
    }
}

static void an_image_that_is_not_there_fails_for_good_and_leaves_nothing(void **state)
{
    static const struct {
        const char *image, *code;
    } cases[] = {
        {"volume:default-pool/no-such-image", "image_missing"    },
        {"volume:no-such-pool/image",         "image_missing"    },
        {"volume:",                           "image_unsupported"},
        {"volume:/image",                     "image_unsupported"},
        {"volume:default-pool/",              "image_unsupported"},
        {"floppy:a",                          "image_unsupported"},
    };
    struct machine_fixture *fixture = *state;

    for (size_t i = 0; i < ARRAY_LENGTH(cases); ++i) {
        struct machine_order order = {.vps_id = 1004, .image = cases[i].image};
        struct machine_outcome outcome;

        assert_int_equal(machine_order_build(fixture, &order, &outcome), 0);
        assert_int_equal(outcome.kind, MACHINE_FAILED);
        assert_string_equal(machine_failure(outcome.refusal)->code, cases[i].code);
        assert_null(machine_fixture_find(fixture, 1004));
    }
}

static void leftovers_of_a_build_that_fails_late_are_removed(void **state)
{
    struct machine_fixture *fixture = *state;
    struct machine_order first = {.vps_id = 1005};
    struct machine_order again = {.vps_id = 1005, .image = "floppy:a"};
    struct machine_outcome outcome;

    assert_int_equal(machine_order_build(fixture, &first, &outcome), 0);
    rewind_to(fixture, 1005, "");
    assert_int_equal(machine_order_build(fixture, &again, &outcome), 0);
    assert_int_equal(outcome.kind, MACHINE_FAILED);
    assert_null(machine_fixture_find(fixture, 1005));
}

static void an_impossible_machine_fails_for_good(void **state)
{
    struct machine_fixture *fixture = *state;
    struct machine_order order = {.vps_id = 1006, .vcpu = UINT32_MAX};
    struct machine_outcome outcome;

    assert_int_equal(machine_order_build(fixture, &order, &outcome), 0);
    assert_int_equal(outcome.kind, MACHINE_FAILED);
    assert_string_equal(machine_failure(outcome.refusal)->code, "node_refused");
    assert_null(machine_fixture_find(fixture, 1006));
}

static void a_machine_of_somebody_else_is_left_alone(void **state)
{
    static const char xml[] = "<domain type='test'><name>vps-1007</name><memory>1024</memory>"
                              "<os><type>hvm</type></os></domain>";
    struct machine_fixture *fixture = *state;
    CLEANUP(hypervisor_machine_free_cleanup) struct hypervisor_machine *foreign = NULL;
    CLEANUP(hypervisor_machine_free_cleanup) struct hypervisor_machine *found = NULL;
    struct machine_order order = {.vps_id = 1007};
    struct machine_outcome outcome;

    assert_int_equal(hypervisor_define(fixture->hypervisor, "vps-1007", xml, &foreign, NULL), 0);
    assert_int_equal(machine_order_build(fixture, &order, &outcome), 0);
    assert_int_equal(outcome.kind, MACHINE_FAILED);
    assert_string_equal(machine_failure(outcome.refusal)->code, "name_taken");
    found = machine_fixture_find(fixture, 1007);
    assert_non_null(found);
    assert_string_equal(hypervisor_machine_uuid(found), hypervisor_machine_uuid(foreign));
    machine_fixture_remove(fixture, 1007);
}

static void a_gap_in_the_sequence_waits_for_what_is_missing(void **state)
{
    struct machine_fixture *fixture = *state;
    struct machine_order early = {.vps_id = 1008, .sequence = 2};
    struct machine_order first = {.vps_id = 1008}, late = {.vps_id = 1008, .sequence = 3};
    struct machine_outcome outcome;

    assert_int_equal(machine_order_build(fixture, &early, &outcome), FAULT_RETRY);
    assert_null(machine_fixture_find(fixture, 1008));
    assert_int_equal(machine_order_build(fixture, &first, &outcome), 0);
    assert_int_equal(machine_order_build(fixture, &late, &outcome), FAULT_RETRY);
    /* In its turn, but a machine that stands is not built over. */
    assert_int_equal(machine_order_build(fixture, &early, &outcome), FAULT_HARD);
    assert_running(fixture, 1008);
    machine_fixture_remove(fixture, 1008);
}

static void a_settled_order_without_its_machine_invents_none(void **state)
{
    struct machine_fixture *fixture = *state;
    struct machine_order order = {.vps_id = 1009, .settled = true};
    struct machine_outcome outcome;

    assert_int_equal(machine_order_build(fixture, &order, &outcome), 0);
    assert_int_equal(outcome.kind, MACHINE_OBSERVED);
    assert_int_equal(outcome.power, MACHINE_MISSING);
    assert_null(machine_fixture_find(fixture, 1009));
}

static void an_inspection_tells_what_is_there(void **state)
{
    struct machine_fixture *fixture = *state;
    struct machine_order order = {.vps_id = 1010};
    CLEANUP(hypervisor_machine_free_cleanup) struct hypervisor_machine *machine = NULL;
    struct machine_outcome outcome;

    assert_int_equal(machine_order_inspect(fixture, &order, &outcome), 0);
    assert_int_equal(outcome.power, MACHINE_MISSING);
    assert_int_equal(machine_order_build(fixture, &order, &outcome), 0);
    assert_int_equal(machine_order_inspect(fixture, &order, &outcome), 0);
    assert_int_equal(outcome.kind, MACHINE_OBSERVED);
    assert_int_equal(outcome.power, MACHINE_RUNNING);
    machine = machine_fixture_find(fixture, 1010);
    assert_int_equal(hypervisor_machine_stop(machine, NULL), 0);
    assert_int_equal(machine_order_inspect(fixture, &order, &outcome), 0);
    assert_int_equal(outcome.power, MACHINE_STOPPED);
    machine_fixture_remove(fixture, 1010);
}

static void an_abandoned_build_leaves_nothing_but_spares_a_finished_machine(void **state)
{
    struct machine_fixture *fixture = *state;
    struct machine_order order = {.vps_id = 1011};
    struct machine_outcome outcome;

    assert_int_equal(machine_order_build(fixture, &order, &outcome), 0);
    assert_int_equal(machine_order_abandon(fixture, &order, &outcome), FAULT_HARD);
    assert_running(fixture, 1011);
    rewind_to(fixture, 1011, "starting");
    assert_int_equal(machine_order_abandon(fixture, &order, &outcome), 0);
    assert_int_equal(outcome.kind, MACHINE_FAILED);
    assert_string_equal(machine_failure(outcome.refusal)->code, "node_unavailable");
    assert_null(machine_fixture_find(fixture, 1011));
}

enum { racers = 8, races = 20 };

struct racer {
    struct machine_fixture *fixture;
    pthread_barrier_t *start;
    uint64_t vps_id;
    int result;
    struct machine_outcome outcome;
};

static void *run_race(void *context)
{
    struct racer *racer = context;
    struct machine_order order = {.vps_id = racer->vps_id};

    (void)pthread_barrier_wait(racer->start);
    racer->result = machine_order_build(racer->fixture, &order, &racer->outcome);
    return NULL;
}

static void builders_that_race_make_one_machine_with_one_password(void **state) /* INV-5 */
{
    struct machine_fixture *fixture = *state;

    for (uint64_t vps_id = 2000; vps_id < 2000 + races; ++vps_id) {
        pthread_barrier_t start;
        pthread_t threads[racers];
        struct racer all[racers];

        (void)pthread_barrier_init(&start, NULL, racers);
        for (int i = 0; i < racers; ++i) {
            all[i] = (struct racer){.fixture = fixture, .start = &start, .vps_id = vps_id};
            assert_int_equal(pthread_create(&threads[i], NULL, run_race, &all[i]), 0);
        }
        for (int i = 0; i < racers; ++i)
            (void)pthread_join(threads[i], NULL);
        (void)pthread_barrier_destroy(&start);
        for (int i = 0; i < racers; ++i) {
            assert_int_equal(all[i].result, 0);
            assert_int_equal(all[i].outcome.kind, MACHINE_BUILT);
            assert_string_equal(all[i].outcome.uuid, all[0].outcome.uuid);
            assert_memory_equal(all[i].outcome.metadata.sealed_password,
                                all[0].outcome.metadata.sealed_password, PASSWORD_SEALED_SIZE);
        }
        machine_fixture_remove(fixture, vps_id);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_build_ends_with_a_running_machine_and_a_sealed_password),
        cmocka_unit_test(a_repeated_build_gives_the_same_outcome_and_begins_nothing),
        cmocka_unit_test(a_half_built_machine_goes_on_after_its_last_step),
        cmocka_unit_test(progress_grows_down_the_table_and_stays_below_the_end),
        cmocka_unit_test(an_image_that_is_not_there_fails_for_good_and_leaves_nothing),
        cmocka_unit_test(leftovers_of_a_build_that_fails_late_are_removed),
        cmocka_unit_test(an_impossible_machine_fails_for_good),
        cmocka_unit_test(a_machine_of_somebody_else_is_left_alone),
        cmocka_unit_test(a_gap_in_the_sequence_waits_for_what_is_missing),
        cmocka_unit_test(a_settled_order_without_its_machine_invents_none),
        cmocka_unit_test(an_inspection_tells_what_is_there),
        cmocka_unit_test(an_abandoned_build_leaves_nothing_but_spares_a_finished_machine),
        cmocka_unit_test(builders_that_race_make_one_machine_with_one_password),
    };

    return cmocka_run_group_tests(tests, open_node, close_node);
}
