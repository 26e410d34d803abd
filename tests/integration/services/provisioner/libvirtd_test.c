/* Builds on a libvirtd shared by several processes: workers killed in the middle, connections that
 * come and go, machines that vanish. SLIPWAY_TEST_LIBVIRT is its URI. */
#include "services/provisioner/machine_steps.h"
#include "tests/support/machine_fixture.h"

#include "lib/base/encoding.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const char *test_uri(void)
{
    return getenv("SLIPWAY_TEST_LIBVIRT");
}

static int open_node(void **state)
{
    static struct machine_fixture fixture;

    *state = &fixture;
    return machine_fixture_init(&fixture, test_uri());
}

static int close_node(void **state)
{
    machine_fixture_deinit(*state);
    return 0;
}

/* This program started as a worker of its own: see main(). Returns how it ended. */
static int run_worker(const char *vps_id, const char *crash_at)
{
    int status = -1;
    const pid_t child = fork();

    if (child == 0) {
        (void)setenv("SLIPWAY_CRASH_AT", crash_at, 1);
        (void)execl("/proc/self/exe", "worker", vps_id, (char *)NULL);
        _exit(127);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static int work(const char *vps_id)
{
    struct machine_fixture fixture;
    struct machine_order order = {0};
    struct machine_outcome outcome;
    int result = 1;

    if (decimal_parse_u64(vps_id, &order.vps_id))
        return 2;
    if (!machine_fixture_init(&fixture, test_uri()))
        result = machine_order_build(&fixture, &order, &outcome) != 0;
    machine_fixture_deinit(&fixture);
    return result;
}

static bool crash_points_are_compiled_in(void)
{
#ifdef SLIPWAY_CRASH_POINTS
    return true;
#else
    return false;
#endif
}

static void a_build_whose_worker_is_killed_is_finished_by_the_next(void **state) /* INV-5 */
{
    static const char *const points[] = {"provisioner_after_define", "provisioner_after_start"};
    struct machine_fixture *fixture = *state;

    if (!crash_points_are_compiled_in())
        skip();
    for (size_t i = 0; i < ARRAY_LENGTH(points); ++i) {
        struct machine_order order = {.vps_id = 5001};
        struct machine_outcome outcome;
        CLEANUP(hypervisor_machine_free_cleanup) struct hypervisor_machine *left = NULL;
        int status;

        machine_fixture_remove(fixture, 5001);
        status = run_worker("5001", points[i]);
        assert_true(WIFSIGNALED(status));
        left = machine_fixture_find(fixture, 5001);
        assert_non_null(left);
        assert_int_equal(machine_order_build(fixture, &order, &outcome), 0);
        assert_int_equal(outcome.kind, MACHINE_BUILT);
        assert_false(outcome.repeated);
        assert_string_equal(outcome.uuid, hypervisor_machine_uuid(left));
        assert_int_equal(outcome.metadata.sealed_length, PASSWORD_SEALED_SIZE);
    }
    machine_fixture_remove(fixture, 5001);
}

static void another_process_repeats_a_finished_build(void **state)
{
    struct machine_fixture *fixture = *state;
    struct machine_order order = {.vps_id = 5002};
    struct machine_outcome outcome;

    machine_fixture_remove(fixture, 5002);
    assert_int_equal(run_worker("5002", "nowhere"), 0);
    assert_int_equal(machine_order_build(fixture, &order, &outcome), 0);
    assert_int_equal(outcome.kind, MACHINE_BUILT);
    assert_true(outcome.repeated);
    machine_fixture_remove(fixture, 5002);
}

enum { processes = 6 };

static void processes_that_race_make_one_machine(void **state) /* INV-5 */
{
    struct machine_fixture *fixture = *state;
    struct machine_order order = {.vps_id = 5003};
    struct machine_outcome outcome;
    pid_t children[processes];

    machine_fixture_remove(fixture, 5003);
    for (int i = 0; i < processes; ++i) {
        children[i] = fork();
        if (children[i] == 0) {
            (void)execl("/proc/self/exe", "worker", "5003", (char *)NULL);
            _exit(127);
        }
    }
    for (int i = 0; i < processes; ++i) {
        int status = -1;

        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(machine_order_build(fixture, &order, &outcome), 0);
    assert_true(outcome.repeated);
    machine_fixture_remove(fixture, 5003);
}

static void leftovers_of_a_killed_worker_are_removed_when_the_build_fails(void **state)
{
    struct machine_fixture *fixture = *state;
    struct machine_order order = {.vps_id = 5004};
    struct machine_outcome outcome;

    if (!crash_points_are_compiled_in())
        skip();
    machine_fixture_remove(fixture, 5004);
    assert_true(WIFSIGNALED(run_worker("5004", "provisioner_after_start")));
    assert_int_equal(machine_order_abandon(fixture, &order, &outcome), 0);
    assert_int_equal(outcome.kind, MACHINE_FAILED);
    assert_null(machine_fixture_find(fixture, 5004));
}

static void a_node_that_is_away_is_a_matter_of_time(void **state)
{
    struct hypervisor *hypervisor = NULL;
    struct error error = {""};

    (void)state;
    assert_int_equal(hypervisor_open("test+unix:///default?socket=/nonexistent/socket", NULL, NULL,
                                     &hypervisor, &error),
                     FAULT_RETRY);
    assert_null(hypervisor);
    assert_true(error.text[0] != '\0');
}

/* Without the default network's and storage's daemons, only what the driver has of its own. */
static void what_the_node_can_do_is_asked_of_it(void **state)
{
    struct machine_fixture *fixture = *state;
    const uint32_t capabilities = hypervisor_capabilities(fixture->hypervisor);

    assert_int_equal(capabilities & HYPERVISOR_STORAGE, HYPERVISOR_STORAGE);
    assert_int_equal(capabilities & HYPERVISOR_GUEST_AGENT, 0);
    assert_int_equal(capabilities & HYPERVISOR_SCREEN, 0);
    assert_string_equal(hypervisor_guest(fixture->hypervisor)->domain_type, "test");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_build_whose_worker_is_killed_is_finished_by_the_next),
        cmocka_unit_test(another_process_repeats_a_finished_build),
        cmocka_unit_test(processes_that_race_make_one_machine),
        cmocka_unit_test(leftovers_of_a_killed_worker_are_removed_when_the_build_fails),
        cmocka_unit_test(a_node_that_is_away_is_a_matter_of_time),
        cmocka_unit_test(what_the_node_can_do_is_asked_of_it),
    };

    if (test_uri() == NULL) {
        (void)fprintf(stderr, "SLIPWAY_TEST_LIBVIRT is not set\n");
        return 1;
    }
    if (strcmp(argv[0], "worker") == 0 && argc == 2)
        return work(argv[1]);
    return cmocka_run_group_tests(tests, open_node, close_node);
}
