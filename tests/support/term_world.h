/* A database with room for 500 servers, a clock that stands at 2027-01-31T10:00:00Z until it is
 * turned, and a writer that goes by it; the books are checked when it ends. */
#pragma once

#include "tests/support/billing_writer.h"
#include "tests/support/turned_clock.h"

struct term_world {
    struct billing_database database;
    struct turned_clock clock;
    struct billing_writer writer;
};

/* cmocka's group fixtures: *state is a struct term_world. */
int term_world_set_up(void **state);
int term_world_tear_down(void **state);

/* Turns the clock. */
void term_world_turn(struct term_world *world, int64_t now_us);

/* A server of the user, bought for a month and built; the user pays. */
uint64_t term_world_server(struct term_world *world, uint64_t user_id);

/* A user with a server, and `left_cents` left. */
uint64_t term_world_owner(struct term_world *world, int64_t left_cents, uint64_t *ret_vps_id);

/* An expression over a row of billing.vps, as a bigint. */
int64_t term_world_vps(const struct term_world *world, uint64_t vps_id, const char *expression);

/* The time in one of its columns; 0: NULL. */
int64_t term_world_time(const struct term_world *world, uint64_t vps_id, const char *column);

bool term_world_has_status(const struct term_world *world, uint64_t vps_id, const char *status);

/* UPDATE billing.vps SET <assignments> of one server. */
void term_world_set(const struct term_world *world, uint64_t vps_id, const char *assignments);

int64_t term_world_balance(const struct term_world *world, uint64_t user_id);

/* An RFC 3339 time in microseconds since 1970. */
int64_t term_world_at(const char *text);

struct billing_reply term_world_renew(struct term_world *world, uint64_t user_id, const char *key,
                                      uint64_t vps_id, uint32_t period_months);

/* Renewals in the ledger that moved this much of the owner's money to the revenue. */
int64_t term_world_charges(const struct term_world *world, uint64_t vps_id, int64_t cents);
