/* Workers that carry out one order at once, on libvirt's own test driver inside this process. */
#include "tests/support/machine_fixture.h"

#include "lib/base/clock.h"

#include <dlfcn.h>
#include <libvirt/libvirt.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define REINSTALL SLIPWAY__V1__MACHINE_COMMAND__ACTION_REINSTALL
#define POWER     SLIPWAY__V1__MACHINE_COMMAND__ACTION_POWER
#define PASSWORD  SLIPWAY__V1__MACHINE_COMMAND__ACTION_SET_PASSWORD
#define TOGGLE    SLIPWAY__V1__POWER_ACTION__POWER_ACTION_TOGGLE

enum { VPS = 4501 };

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

static void build(void **state)
{
    struct machine_order order = {.vps_id = VPS};
    struct machine_outcome outcome;

    assert_int_equal(machine_order_build(*state, &order, &outcome), 0);
    assert_int_equal(outcome.kind, MACHINE_BUILT);
}

static int remove_machine(void **state)
{
    machine_fixture_remove(*state, VPS);
    return 0;
}

enum { racers = 6, races = 20 };

struct racer {
    struct machine_fixture *fixture;
    pthread_barrier_t *start;
    struct machine_order order;
    int result;
    struct machine_outcome outcome;
};

/* As often as it is told to come again, with a wait in between as Kafka's consumer makes it. */
static void *run_race(void *context)
{
    struct racer *racer = context;

    (void)pthread_barrier_wait(racer->start);
    racer->result = machine_order_operate(racer->fixture, &racer->order, &racer->outcome);
    while (racer->result == FAULT_RETRY) {
        clock_sleep_ms(randombytes_uniform(30));
        racer->result = machine_order_operate(racer->fixture, &racer->order, &racer->outcome);
    }
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

    build(state);
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

    build(state);
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

/* What the guest really has, which the test driver does not tell. */
static struct {
    pthread_mutex_t mutex;
    char last[PASSWORD_LENGTH + 1];
} guest = {.mutex = PTHREAD_MUTEX_INITIALIZER};

/* Stands before libvirt's own, calls it, and remembers; slow, as agents are. */
int virDomainSetUserPassword(virDomainPtr domain, const char *user, const char *password,
                             unsigned int flags)
{
    union {
        void *symbol;
        int (*call)(virDomainPtr, const char *, const char *, unsigned int);
    } real = {.symbol = dlsym(RTLD_NEXT, "virDomainSetUserPassword")};
    int result;

    clock_sleep_ms(randombytes_uniform(4));
    (void)pthread_mutex_lock(&guest.mutex);
    result = real.call(domain, user, password, flags);
    (void)snprintf(guest.last, sizeof(guest.last), "%s", password);
    (void)pthread_mutex_unlock(&guest.mutex);
    return result;
}

static void passwords_that_race_end_as_the_one_that_the_guest_has(void **state)
{
    const struct machine_fixture *fixture = *state;
    struct racer all[racers];

    build(state);
    for (uint64_t sequence = 2; sequence < 2 + races; ++sequence) {
        const struct machine_order order = {
            .vps_id = VPS, .sequence = sequence, .action = PASSWORD};
        unsigned char opened[PASSWORD_LENGTH];
        struct metadata metadata;
        int reported = 0;

        race(*state, &order, all);
        metadata = machine_fixture_metadata(*state, VPS);
        assert_int_equal(metadata.state, METADATA_BUILT);
        assert_int_equal(metadata.sequence, sequence);
        assert_int_equal(
            crypto_box_seal_open(opened, metadata.sealed_password, metadata.sealed_length,
                                 fixture->settings.seal_key.public_key, fixture->secret_key),
            0);
        assert_memory_equal(opened, guest.last, PASSWORD_LENGTH);
        for (int i = 0; i < racers; ++i) {
            assert_int_equal(all[i].outcome.kind, MACHINE_PASSWORD_SET);
            reported += memcmp(all[i].outcome.metadata.sealed_password, metadata.sealed_password,
                               PASSWORD_SEALED_SIZE) == 0;
        }
        assert_true(reported > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(reinstallers_that_race_make_one_machine_with_one_password,
                                  remove_machine),
        cmocka_unit_test_teardown(togglers_that_race_turn_once, remove_machine),
        cmocka_unit_test_teardown(passwords_that_race_end_as_the_one_that_the_guest_has,
                                  remove_machine),
    };

    return cmocka_run_group_tests(tests, open_node, close_node);
}
