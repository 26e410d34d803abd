#include "tests/support/term_world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

int term_world_set_up(void **state)
{
    struct term_world *world = calloc(1, sizeof(*world));

    assert_non_null(world);
    billing_database_init(&world->database);
    billing_writer_stock(&world->database, 500);
    turned_clock_init(&world->clock, "2027-01-31T10:00:00Z");
    term_world_turn(world, turned_clock_now_us(&world->clock));
    billing_writer_init_at(&world->writer, world->database.service, &world->clock.clock);
    *state = world;
    return 0;
}

int term_world_tear_down(void **state)
{
    struct term_world *world = *state;

    billing_assert_books(&world->database);
    billing_writer_deinit(&world->writer);
    billing_database_deinit(&world->database);
    free(world);
    return 0;
}

/* Stored answers need a partition of their month. */
void term_world_turn(struct term_world *world, int64_t now_us)
{
    char sql[128], text[CLOCK_TEXT_SIZE];

    (void)snprintf(sql, sizeof(sql), "SELECT billing.maintain_idempotency('%s', 3650)",
                   clock_format(now_us, text));
    billing_database_script(&world->database, sql);
    turned_clock_set(&world->clock, now_us);
}

uint64_t term_world_server(struct term_world *world, uint64_t user_id)
{
    struct writer_outcome outcome;
    struct billing_reply reply =
        billing_ask(&world->writer, billing_purchase(user_id, NULL, "vps-2", "de", 1));
    uint64_t vps_id;

    assert_int_equal(reply.status, 202);
    vps_id = (uint64_t)billing_database_number(&world->database, "SELECT max(id) FROM billing.vps");
    assert_int_equal(billing_tell(&world->writer, vps_id, 1, BILLING_BUILT, &outcome), 0);
    assert_true(outcome.applied);
    return vps_id;
}

uint64_t term_world_owner(struct term_world *world, int64_t left_cents, uint64_t *ret_vps_id)
{
    const uint64_t user_id = billing_user(&world->writer, left_cents + 1004);

    *ret_vps_id = term_world_server(world, user_id);
    return user_id;
}

int64_t term_world_vps(const struct term_world *world, uint64_t vps_id, const char *expression)
{
    char sql[256];

    (void)snprintf(sql, sizeof(sql), "SELECT (%s)::bigint FROM billing.vps WHERE id = %" PRIu64,
                   expression, vps_id);
    return billing_database_number(&world->database, sql);
}

int64_t term_world_time(const struct term_world *world, uint64_t vps_id, const char *column)
{
    char expression[96];

    (void)snprintf(expression, sizeof(expression), "coalesce(extract(epoch FROM %s) * 1000000, 0)",
                   column);
    return term_world_vps(world, vps_id, expression);
}

bool term_world_has_status(const struct term_world *world, uint64_t vps_id, const char *status)
{
    char expression[64];

    (void)snprintf(expression, sizeof(expression), "(status = '%s')::integer", status);
    return term_world_vps(world, vps_id, expression) == 1;
}

void term_world_set(const struct term_world *world, uint64_t vps_id, const char *assignments)
{
    char sql[256];

    (void)snprintf(sql, sizeof(sql), "UPDATE billing.vps SET %s WHERE id = %" PRIu64, assignments,
                   vps_id);
    billing_database_script(&world->database, sql);
}

int64_t term_world_balance(const struct term_world *world, uint64_t user_id)
{
    char sql[96];

    (void)snprintf(sql, sizeof(sql),
                   "SELECT balance_cents FROM billing.accounts WHERE id = %" PRIu64, user_id);
    return billing_database_number(&world->database, sql);
}

int64_t term_world_at(const char *text)
{
    int64_t time_us = 0;

    assert_false(clock_parse(text, &time_us));
    return time_us;
}

struct billing_reply term_world_renew(struct term_world *world, uint64_t user_id, const char *key,
                                      uint64_t vps_id, uint32_t period_months)
{
    return billing_ask(&world->writer, billing_renewal(user_id, key, &vps_id, 1, period_months));
}

int64_t term_world_charges(const struct term_world *world, uint64_t vps_id, int64_t cents)
{
    char sql[256];

    (void)snprintf(sql, sizeof(sql),
                   "SELECT count(*) FROM billing.transfers t JOIN billing.accounts a"
                   " ON a.id = t.credit_account WHERE t.kind = 'renewal' AND a.kind = 'revenue'"
                   " AND t.debit_account = t.user_id AND t.vps_id = %" PRIu64
                   " AND t.amount_cents = %" PRId64,
                   vps_id, cents);
    return billing_database_number(&world->database, sql);
}
