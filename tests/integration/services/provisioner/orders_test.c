/* Orders to machines on a libvirtd shared by several processes: workers killed at each point of
 * each order, and workers that race. SLIPWAY_TEST_LIBVIRT is its URI. */
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

enum { VPS = 6001, processes = 5 };

/* What a process of its own can be told to do, by its name. */
static const struct kind {
    const char *name;
    Slipway__V1__MachineCommand__ActionCase action;
    Slipway__V1__PowerAction power;
} kinds[] = {
    {"reboot",    SLIPWAY__V1__MACHINE_COMMAND__ACTION_POWER,
     SLIPWAY__V1__POWER_ACTION__POWER_ACTION_REBOOT                   },
    {"toggle",    SLIPWAY__V1__MACHINE_COMMAND__ACTION_POWER,
     SLIPWAY__V1__POWER_ACTION__POWER_ACTION_TOGGLE                   },
    {"reinstall", SLIPWAY__V1__MACHINE_COMMAND__ACTION_REINSTALL,    0},
    {"password",  SLIPWAY__V1__MACHINE_COMMAND__ACTION_SET_PASSWORD, 0},
    {"delete",    SLIPWAY__V1__MACHINE_COMMAND__ACTION_DELETE,       0},
};

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

static struct machine_order order_of(const char *name)
{
    struct machine_order order = {.vps_id = VPS, .sequence = 2};

    for (size_t i = 0; i < ARRAY_LENGTH(kinds); ++i)
        if (strcmp(kinds[i].name, name) == 0) {
            order.action = kinds[i].action;
            order.power = kinds[i].power;
        }
    return order;
}

/* Comes again while it is told to, as Kafka would make it. */
static int operate(struct machine_fixture *fixture, struct machine_order *order,
                   struct machine_outcome *ret_outcome)
{
    int result;

    do
        result = machine_order_operate(fixture, order, ret_outcome);
    while (result == FAULT_RETRY);
    return result;
}

/* A machine under sequence 1 and nothing else. */
static struct machine_outcome build_anew(struct machine_fixture *fixture)
{
    struct machine_order order = {.vps_id = VPS};
    struct machine_outcome outcome;

    machine_fixture_remove(fixture, VPS);
    assert_int_equal(machine_order_build(fixture, &order, &outcome), 0);
    return outcome;
}

/* This program started as a worker of its own: see main(). */
static pid_t start_worker(const char *name, const char *crash_at)
{
    const pid_t child = fork();

    if (child == 0) {
        (void)setenv("SLIPWAY_CRASH_AT", crash_at, 1);
        (void)execl("/proc/self/exe", "worker", name, (char *)NULL);
        _exit(127);
    }
    assert_true(child > 0);
    return child;
}

static int end_of(pid_t child)
{
    int status = -1;

    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static int work(const char *name)
{
    struct machine_order order = order_of(name);
    struct machine_fixture fixture;
    struct machine_outcome outcome;
    int result = 1;

    if (!machine_fixture_init(&fixture, test_uri()))
        result = operate(&fixture, &order, &outcome) != 0;
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

static void assert_seal_is_kept(struct machine_fixture *fixture,
                                const struct machine_outcome *outcome)
{
    const struct metadata metadata = machine_fixture_metadata(fixture, VPS);

    assert_int_equal(metadata.sealed_length, PASSWORD_SEALED_SIZE);
    assert_memory_equal(metadata.sealed_password, outcome->metadata.sealed_password,
                        PASSWORD_SEALED_SIZE);
}

/* INV-5 */
static void an_order_whose_worker_is_killed_is_finished_by_the_next(void **state)
{
    static const struct {
        const char *name, *point;
        enum machine_outcome_kind kind;
        enum machine_power after;
    } cases[] = {
        {"reboot",    "provisioner_after_begin",            MACHINE_POWERED,      MACHINE_RUNNING},
        {"reboot",    "provisioner_between_stop_and_start", MACHINE_POWERED,      MACHINE_RUNNING},
        {"reboot",    "provisioner_before_end",             MACHINE_POWERED,      MACHINE_RUNNING},
        {"toggle",    "provisioner_after_begin",            MACHINE_POWERED,      MACHINE_STOPPED},
        {"toggle",    "provisioner_between_stop_and_start", MACHINE_POWERED,      MACHINE_STOPPED},
        {"toggle",    "provisioner_before_end",             MACHINE_POWERED,      MACHINE_STOPPED},
        {"reinstall", "provisioner_after_stop",             MACHINE_BUILT,        MACHINE_RUNNING},
        {"reinstall", "provisioner_after_undefine",         MACHINE_BUILT,        MACHINE_RUNNING},
        {"reinstall", "provisioner_after_define",           MACHINE_BUILT,        MACHINE_RUNNING},
        {"reinstall", "provisioner_after_start",            MACHINE_BUILT,        MACHINE_RUNNING},
        {"password",  "provisioner_after_begin",            MACHINE_PASSWORD_SET, MACHINE_RUNNING},
        {"password",  "provisioner_after_seal",             MACHINE_PASSWORD_SET, MACHINE_RUNNING},
        {"password",  "provisioner_after_password",         MACHINE_PASSWORD_SET, MACHINE_RUNNING},
        {"password",  "provisioner_before_end",             MACHINE_PASSWORD_SET, MACHINE_RUNNING},
        {"delete",    "provisioner_after_stop",             MACHINE_DELETED,      MACHINE_MISSING},
    };
    struct machine_fixture *fixture = *state;

    if (!crash_points_are_compiled_in())
        skip();
    for (size_t i = 0; i < ARRAY_LENGTH(cases); ++i) {
        struct machine_order order = order_of(cases[i].name), again = order;
        const struct machine_outcome before = build_anew(fixture);
        struct machine_outcome outcome, repeat;

        if (!WIFSIGNALED(end_of(start_worker(cases[i].name, cases[i].point))))
            fail_msg("%s does not pass %s", cases[i].name, cases[i].point);
        assert_int_equal(operate(fixture, &order, &outcome), 0);
        assert_int_equal(outcome.kind, cases[i].kind);
        assert_int_equal(machine_fixture_power(fixture, VPS), cases[i].after);
        assert_int_equal(operate(fixture, &again, &repeat), 0);
        assert_int_equal(repeat.kind, outcome.kind);
        assert_int_equal(again.started, 0);
        if (outcome.kind == MACHINE_BUILT) {
            assert_string_not_equal(outcome.uuid, before.uuid);
            assert_string_equal(outcome.uuid, repeat.uuid);
        }
        if (outcome.kind == MACHINE_BUILT || outcome.kind == MACHINE_PASSWORD_SET) {
            assert_seal_is_kept(fixture, &outcome);
            assert_seal_is_kept(fixture, &repeat);
        }
    }
    machine_fixture_remove(fixture, VPS);
}

static void processes_that_race_at_an_order_end_in_one_machine(void **state) /* INV-5 */
{
    struct machine_fixture *fixture = *state;

    for (size_t i = 0; i < ARRAY_LENGTH(kinds); ++i) {
        struct machine_order order = order_of(kinds[i].name);
        struct machine_outcome outcome;
        pid_t children[processes];

        (void)build_anew(fixture);
        for (int child = 0; child < processes; ++child)
            children[child] = start_worker(kinds[i].name, "nowhere");
        for (int child = 0; child < processes; ++child)
            assert_int_equal(end_of(children[child]), 0);
        assert_int_equal(operate(fixture, &order, &outcome), 0);
        assert_true(outcome.repeated);
        assert_int_equal(order.started, 0);
    }
    assert_null(machine_fixture_find(fixture, VPS));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_order_whose_worker_is_killed_is_finished_by_the_next),
        cmocka_unit_test(processes_that_race_at_an_order_end_in_one_machine),
    };

    if (test_uri() == NULL) {
        (void)fprintf(stderr, "SLIPWAY_TEST_LIBVIRT is not set\n");
        return 1;
    }
    if (strcmp(argv[0], "worker") == 0 && argc == 2)
        return work(argv[1]);
    return cmocka_run_group_tests(tests, open_node, close_node);
}
