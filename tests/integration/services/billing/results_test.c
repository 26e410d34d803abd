/* Results of workers on a real PostgreSQL, and a model of the ledger beside thousands of random
 * steps. */
#include "tests/support/billing_writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

struct world {
    struct billing_database database;
    struct billing_writer writer;
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof(*world));

    assert_non_null(world);
    billing_database_init(&world->database);
    billing_writer_stock(&world->database, 400);
    billing_writer_init(&world->writer, world->database.service);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;

    billing_assert_books(&world->database);
    billing_writer_deinit(&world->writer);
    billing_database_deinit(&world->database);
    free(world);
    return 0;
}

static int64_t number(const struct world *world, const char *format, uint64_t id)
{
    char sql[256];

    (void)snprintf(sql, sizeof(sql), "SELECT (%s WHERE id = %llu)", format, (unsigned long long)id);
    return billing_database_number(&world->database, sql);
}

static int64_t balance(const struct world *world, uint64_t user)
{
    return number(world, "SELECT balance_cents FROM billing.accounts", user);
}

static uint64_t buy(struct world *world, uint64_t user)
{
    assert_int_equal(
        billing_ask(&world->writer, billing_purchase(user, NULL, "vps-2", "de", 1)).status, 202);
    return (uint64_t)billing_database_number(&world->database, "SELECT max(id) FROM billing.vps");
}

/* INV-2 */
static void built_machine_is_captured_once(void **state)
{
    struct world *world = *state;
    const uint64_t user = billing_user(&world->writer, 2000);
    const uint64_t vps = buy(world, user);
    struct writer_outcome outcome;

    assert_int_equal(billing_tell(&world->writer, vps, 1, BILLING_STARTED, &outcome), 0);
    assert_true(outcome.applied);
    assert_false(outcome.final);
    assert_string_equal(outcome.status, "building");
    assert_int_equal(billing_tell(&world->writer, vps, 1, BILLING_BUILT, &outcome), 0);
    assert_true(outcome.applied);
    assert_true(outcome.final);
    assert_string_equal(outcome.status, "active");
    assert_int_equal(outcome.charged_cents, 1004);
    assert_int_equal(billing_tell(&world->writer, vps, 1, BILLING_BUILT, &outcome), 0);
    assert_false(outcome.applied);
    assert_string_equal(outcome.status, "active");
    assert_int_equal(billing_tell(&world->writer, vps, 1, BILLING_FAILED, &outcome), 0);
    assert_false(outcome.applied);
    assert_int_equal(outcome.refunded_cents, 0);
    assert_int_equal(balance(world, user), 996);
}

/* INV-2 */
static void failed_build_gives_money_room_and_address_back_once(void **state)
{
    struct world *world = *state;
    const uint64_t user = billing_user(&world->writer, 1500);
    const uint64_t vps = buy(world, user);
    struct writer_outcome outcome;

    for (int repeat = 0; repeat < 3; ++repeat) {
        assert_int_equal(billing_tell(&world->writer, vps, 1, BILLING_FAILED, &outcome), 0);
        assert_int_equal(outcome.applied, repeat == 0);
        assert_true(outcome.final);
        assert_string_equal(outcome.status, "failed");
        assert_string_equal(outcome.error_code, "image_missing");
        assert_int_equal(outcome.refunded_cents, 1004);
        assert_int_equal(balance(world, user), 1500);
    }
    assert_int_equal(number(world, "SELECT (address IS NULL)::int::bigint FROM billing.vps", vps),
                     1);
    assert_int_equal(billing_database_number(&world->database,
                                             "SELECT count(*) FROM billing.released_addresses"),
                     1);
    (void)buy(world, user);
    assert_int_equal(billing_database_number(&world->database,
                                             "SELECT count(*) FROM billing.released_addresses"),
                     0);
}

static void results_that_nobody_ordered_are_faults(void **state)
{
    struct world *world = *state;
    const uint64_t vps = buy(world, billing_user(&world->writer, 2000));
    struct writer_outcome outcome;

    assert_int_equal(billing_tell(&world->writer, 99999999, 1, BILLING_BUILT, &outcome),
                     FAULT_HARD);
    assert_int_equal(billing_tell(&world->writer, vps, 2, BILLING_BUILT, &outcome), FAULT_HARD);
}

enum { USERS = 8, STEPS = 1000, SERVERS = 4000 };

/* The ledger as it should be, without batches, SQL or threads. */
struct model {
    uint64_t users[USERS];
    int64_t balances[USERS];
    size_t server_owner[SERVERS];
    uint64_t servers[SERVERS];
    size_t server_count;
    uint64_t random;
};

/* The same numbers for the same seed (Knuth's MMIX generator). */
static uint32_t draw(struct model *model, uint32_t limit)
{
    model->random = model->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(model->random >> 33) % limit;
}

static void model_buys(struct world *world, struct model *model, size_t user)
{
    const struct billing_reply reply =
        billing_ask(&world->writer, billing_purchase(model->users[user], NULL, "vps-2", "de", 1));

    if (reply.status == 409)
        return;
    assert_int_equal(reply.status, model->balances[user] >= 1004 ? 202 : 402);
    if (reply.status == 402)
        return;
    model->balances[user] -= 1004;
    model->server_owner[model->server_count] = user;
    model->servers[model->server_count++] =
        (uint64_t)billing_database_number(&world->database, "SELECT max(id) FROM billing.vps");
}

static void model_hears(struct world *world, struct model *model, enum billing_build build)
{
    struct writer_outcome outcome;
    size_t index;

    if (model->server_count == 0)
        return;
    index = draw(model, (uint32_t)model->server_count);
    assert_int_equal(billing_tell(&world->writer, model->servers[index], 1, build, &outcome), 0);
    if (outcome.applied && build == BILLING_FAILED)
        model->balances[model->server_owner[index]] += 1004;
}

static void model_adjusts(struct world *world, struct model *model, size_t user)
{
    const int64_t amount_cents = (int64_t)draw(model, 6000) - 2000;

    if (amount_cents == 0)
        return;
    assert_int_equal(billing_ask(&world->writer, billing_adjustment(model->users[user], NULL,
                                                                    amount_cents, "model"))
                         .status,
                     200);
    model->balances[user] += amount_cents;
}

/* INV-1 */
static void random_steps_agree_with_the_model(void **state)
{
    struct world *world = *state;
    struct model *model = calloc(1, sizeof(*model));
    const uint64_t seed = (uint64_t)clock_now_us(NULL);

    assert_non_null(model);
    print_message("seed %llu\n", (unsigned long long)seed);
    model->random = seed;
    for (size_t i = 0; i < USERS; ++i)
        model->users[i] = billing_user(&world->writer, 0);
    for (int step = 0; step < STEPS; ++step) {
        const size_t user = draw(model, USERS);
        const uint32_t kind = draw(model, 10);

        if (kind < 3)
            model_adjusts(world, model, user);
        else if (kind < 6)
            model_buys(world, model, user);
        else
            model_hears(world, model, (enum billing_build)draw(model, 3));
        assert_int_equal(balance(world, model->users[user]), model->balances[user]);
        if (step % 500 == 0)
            billing_assert_books(&world->database);
    }
    free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(built_machine_is_captured_once),
        cmocka_unit_test(failed_build_gives_money_room_and_address_back_once),
        cmocka_unit_test(results_that_nobody_ordered_are_faults),
        cmocka_unit_test(random_steps_agree_with_the_model),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
