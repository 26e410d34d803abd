/* A writer on a test's database, with a relay to a broker that is not there, and calls that wait.
 * Faults fail the test. */
#pragma once

#include "services/billing/relay.h"
#include "services/billing/writer.h"
#include "tests/support/billing_database.h"

#include <stdatomic.h>

enum { BILLING_ENDED_MAX = 64 };

struct billing_writer {
    struct metrics *metrics;
    struct kafka_producer *producer;
    struct relay *relay;
    struct writer *writer;
    /* What the gateways would have been told: how many keys and users, and the last user. */
    atomic_int told_keys, told_users;
    atomic_int_fast64_t told_user;
    /* cryptobot is configured, without a fee, and nothing else. */
    struct provider_book book;
    struct deposit_terms terms;
    /* What writer_options.batch_ended was told, the first ones; read it after the answer of what
     * caused it. */
    struct writer_outcome ended[BILLING_ENDED_MAX];
    _Atomic size_t ended_count;
};

/* `conninfo`: the service's, or another way to the same database. */
void billing_writer_init(struct billing_writer *writer, const char *conninfo);
/* By a test's clock; NULL: the system's. */
void billing_writer_init_at(struct billing_writer *writer, const char *conninfo,
                            const struct clock *clock);
void billing_writer_deinit(struct billing_writer *writer);

/* A small catalog (10.04 a month for vps-2), location "de" with room for `machines` servers,
 * location "nl" with none, and no users. */
void billing_writer_stock(const struct billing_database *database, int machines);

struct billing_reply {
    uint32_t status;
    char location[64];
    char body[8192];
    bool replayed;
    uint32_t retry_after_s;
};

/* An operator's command for a user, without an action yet; freed by the writer. `key` NULL: no
 * idempotency key; else key and fingerprint are made from the texts. */
Slipway__V1__Command *billing_command(uint64_t user_id, const char *key, const char *fingerprint);

/* Sends it under an operator's key, so that it is an act for the log. */
void billing_sign(Slipway__V1__Command *command, uint64_t key_id);

/* With their action. */
Slipway__V1__Command *billing_purchase(uint64_t user_id, const char *key, const char *plan_code,
                                       const char *location_code, uint32_t period_months);
Slipway__V1__Command *billing_adjustment(uint64_t user_id, const char *key, int64_t amount_cents,
                                         const char *reason);

/* `period_months` more for each of `count` servers; bulk unless it is one. */
Slipway__V1__Command *billing_renewal(uint64_t user_id, const char *key, const uint64_t *vps_ids,
                                      size_t count, uint32_t period_months);

/* Submits and waits. */
struct billing_reply billing_ask(struct billing_writer *writer, Slipway__V1__Command *command);

/* Submits all, then waits for all. A refusal of the writer comes as status 0. */
void billing_ask_all(struct billing_writer *writer, Slipway__V1__Command **commands, size_t count,
                     struct billing_reply *ret_replies);

/* The result of a build: started, built, or failed with the code `failure`. */
enum billing_build { BILLING_STARTED, BILLING_BUILT, BILLING_FAILED };

/* Submits and waits; the outcome goes to *ret_outcome. */
int billing_tell(struct billing_writer *writer, uint64_t vps_id, uint64_t sequence,
                 enum billing_build build, struct writer_outcome *ret_outcome);

/* The same with any result, which is taken. */
int billing_tell_result(struct billing_writer *writer, Slipway__V1__MachineResult *result,
                        struct writer_outcome *ret_outcome);

/* A new user with that much money. Returns its id. */
uint64_t billing_user(struct billing_writer *writer, int64_t balance_cents);

/* The first number after `"name":` in a body. */
int64_t billing_body_number(const struct billing_reply *reply, const char *name);

/* What must hold after everything: INV-1, INV-4, addresses and capacity as the servers say. */
void billing_assert_books(const struct billing_database *database);
