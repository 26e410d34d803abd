/* What other teams are told of purchases: each fact once, in its own transaction. */
#include "tests/support/bulk_purchase.h"
#include "tests/support/outbox_reader.h"
#include "tests/support/session_killer.h"
#include "tests/support/writer_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { EVENTS_MAX = 2000 };

static struct outbox_event events[EVENTS_MAX];

/* The events of a subject, of which there must be that many. */
static const struct outbox_event *read_events(const struct writer_world *world, const char *kind,
                                              uint64_t id, size_t expected)
{
    char subject[48];

    (void)snprintf(subject, sizeof(subject), "%s:%" PRIu64, kind, id);
    assert_int_equal(outbox_read_events(&world->database, subject, events, EVENTS_MAX), expected);
    return events;
}

/* Once for its fact: the id is "vps-active-77" for a hosting.vps.active.v1 of server 77. */
static void assert_event(const struct outbox_event *event, const char *type, uint64_t user,
                         uint64_t fact)
{
    const int length = (int)(strlen(type) - strlen("hosting..v1"));
    char key[24], id[96];

    (void)snprintf(key, sizeof(key), "%" PRIu64, user);
    (void)snprintf(id, sizeof(id), "%.*s-%" PRIu64, length, type + strlen("hosting."), fact);
    *strchr(id, '.') = '-';
    assert_string_equal(event->type, type);
    assert_string_equal(event->key, key);
    assert_string_equal(event->id, id);
}

static void assert_checkout(const struct outbox_event *event, uint32_t succeeded, uint32_t failed)
{
    Slipway__V1__CheckoutEvent *data =
        slipway__v1__checkout_event__unpack(NULL, event->length, event->data);

    assert_non_null(data);
    assert_string_equal(data->batch_id, event->subject);
    assert_int_equal(data->total, succeeded + failed);
    assert_int_equal(data->succeeded, succeeded);
    assert_int_equal(data->failed, failed);
    assert_int_equal(data->charged_cents, 1004 * (succeeded + failed));
    assert_int_equal(data->refunded_cents, 1004 * failed);
    slipway__v1__checkout_event__free_unpacked(data, NULL);
}

static void tell(struct billing_writer *writer, uint64_t vps, enum billing_build build)
{
    struct writer_outcome outcome;

    assert_int_equal(billing_tell(writer, vps, 1, build, &outcome), 0);
}

/* INV-3 */
static void accepted_checkout_is_told_once_with_all_its_servers(void **state)
{
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 3500);
    Slipway__V1__CheckoutEvent *data;
    uint64_t vps[3], batch;
    const struct outbox_event *event;

    batch = bulk_purchase_make(&world->writer, &world->database, user, 3, vps);
    event = read_events(world, "checkout", batch, 1);
    assert_event(event, "hosting.checkout.accepted.v1", user, batch);
    data = slipway__v1__checkout_event__unpack(NULL, event->length, event->data);
    assert_non_null(data);
    assert_int_equal(data->user_id, user);
    assert_int_equal(data->total, 3);
    assert_int_equal(data->charged_cents, 3012);
    assert_int_equal(data->n_vps_ids, 3);
    assert_memory_equal(data->vps_ids, vps, sizeof(vps));
    slipway__v1__checkout_event__free_unpacked(data, NULL);
    (void)read_events(world, "vps", vps[0], 0);
}

/* INV-3 */
static void repeated_and_refused_purchases_tell_nothing(void **state)
{
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 2100);
    size_t count;

    assert_int_equal(billing_ask(&world->writer, bulk_purchase(user, "told-once", 2)).status, 202);
    count = outbox_read_events(&world->database, "", events, EVENTS_MAX);
    assert_true(billing_ask(&world->writer, bulk_purchase(user, "told-once", 2)).replayed);
    assert_int_equal(billing_ask(&world->writer, bulk_purchase(user, NULL, 1)).status, 402);
    assert_int_equal(
        billing_ask(&world->writer, billing_purchase(user, NULL, "vps-2", "nl", 1)).status, 409);
    assert_int_equal(outbox_read_events(&world->database, "", events, EVENTS_MAX), count);
}

static void purchase_and_its_event_are_of_one_transaction(void **state)
{
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 1500);
    uint64_t vps, batch;
    char sql[256];

    batch = bulk_purchase_make(&world->writer, &world->database, user, 1, &vps);
    (void)snprintf(sql, sizeof(sql),
                   "SELECT count(*) FROM billing.outbox o JOIN billing.batches b ON b.xmin = o.xmin"
                   " JOIN billing.transfers t ON t.xmin = b.xmin WHERE b.id = %" PRIu64
                   " AND t.outbox_id = o.id",
                   batch);
    assert_int_equal(writer_world_count(world, sql), 1);
}

/* INV-2 */
static void build_is_told_when_it_begins_and_when_it_ends(void **state)
{
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 1500);
    const struct outbox_event *told;
    uint64_t vps, batch;

    batch = bulk_purchase_make(&world->writer, &world->database, user, 1, &vps);
    for (int repeat = 0; repeat < 2; ++repeat)
        tell(&world->writer, vps, BILLING_STARTED);
    told = read_events(world, "vps", vps, 1);
    assert_event(&told[0], "hosting.vps.building.v1", user, vps);
    (void)read_events(world, "checkout", batch, 1);
    for (int repeat = 0; repeat < 2; ++repeat)
        tell(&world->writer, vps, BILLING_BUILT);
    tell(&world->writer, vps, BILLING_FAILED);
    tell(&world->writer, vps, BILLING_STARTED);
    told = read_events(world, "vps", vps, 2);
    assert_event(&told[1], "hosting.vps.active.v1", user, vps);
    told = read_events(world, "checkout", batch, 2);
    assert_event(&told[1], "hosting.checkout.completed.v1", user, batch);
    assert_checkout(&told[1], 1, 0);
}

static void assert_refund(const struct outbox_event *event, uint64_t user, uint64_t vps)
{
    Slipway__V1__BalanceEvent *data =
        slipway__v1__balance_event__unpack(NULL, event->length, event->data);

    assert_non_null(data);
    assert_event(event, "hosting.refund.issued.v1", user, data->transaction_id);
    assert_int_equal(data->amount_cents, 1004);
    assert_int_equal(data->balance_cents, 1500);
    assert_int_equal(data->vps_id, vps);
    assert_string_equal(data->reason, "image_missing");
    slipway__v1__balance_event__free_unpacked(data, NULL);
}

/* INV-2 */
static void failed_build_is_told_with_its_refund_once(void **state)
{
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 1500);
    const struct outbox_event *told;
    Slipway__V1__VpsEvent *data;
    uint64_t vps, batch;

    batch = bulk_purchase_make(&world->writer, &world->database, user, 1, &vps);
    for (int repeat = 0; repeat < 3; ++repeat)
        tell(&world->writer, vps, BILLING_FAILED);
    told = read_events(world, "vps", vps, 1);
    assert_event(&told[0], "hosting.vps.failed.v1", user, vps);
    data = slipway__v1__vps_event__unpack(NULL, told[0].length, told[0].data);
    assert_string_equal(data->status, "failed");
    assert_string_equal(data->error_code, "image_missing");
    assert_string_equal(data->address, "");
    slipway__v1__vps_event__free_unpacked(data, NULL);
    told = read_events(world, "checkout", batch, 2);
    assert_event(&told[1], "hosting.checkout.failed.v1", user, batch);
    assert_checkout(&told[1], 0, 1);
    /* The money that the user began with was an adjustment. */
    told = read_events(world, "user", user, 2);
    assert_refund(&told[1], user, vps);
}

static void checkout_that_ends_both_ways_is_partial_and_told_with_the_last_server(void **state)
{
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, 5000);
    const struct outbox_event *told;
    uint64_t vps[3], batch;

    batch = bulk_purchase_make(&world->writer, &world->database, user, 3, vps);
    tell(&world->writer, vps[1], BILLING_FAILED);
    tell(&world->writer, vps[0], BILLING_BUILT);
    tell(&world->writer, vps[0], BILLING_BUILT);
    (void)read_events(world, "checkout", batch, 1);
    tell(&world->writer, vps[2], BILLING_BUILT);
    told = read_events(world, "checkout", batch, 2);
    assert_event(&told[1], "hosting.checkout.partial.v1", user, batch);
    assert_checkout(&told[1], 2, 1);
}

enum { RACED = 10, ROUNDS = 6 };

/* Half of a checkout's servers, whose results come to one of two writers. */
struct half {
    struct billing_writer *writer;
    const uint64_t *vps_ids;
};

static void *tell_half(void *context)
{
    const struct half *half = context;

    for (int i = 0; i < RACED / 2; ++i)
        tell(half->writer, half->vps_ids[i], BILLING_BUILT);
    return NULL;
}

static void servers_that_two_writers_finish_at_once_end_their_checkout_once(void **state)
{
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, INT64_C(1004) * RACED * ROUNDS);
    struct billing_writer other;

    billing_writer_init(&other, world->database.service);
    for (int round = 0; round < ROUNDS; ++round) {
        uint64_t vps[RACED];
        const uint64_t batch =
            bulk_purchase_make(&world->writer, &world->database, user, RACED, vps);
        struct half halves[] = {
            {&world->writer, vps            },
            {&other,         vps + RACED / 2}
        };
        const struct outbox_event *told;
        pthread_t thread;

        assert_int_equal(pthread_create(&thread, NULL, tell_half, &halves[1]), 0);
        (void)tell_half(&halves[0]);
        (void)pthread_join(thread, NULL);
        told = read_events(world, "checkout", batch, 2);
        assert_event(&told[1], "hosting.checkout.completed.v1", user, batch);
        assert_checkout(&told[1], RACED, 0);
    }
    billing_writer_deinit(&other);
}

/* INV-3: what is rolled back tells nothing, and what is run again tells it once. */
static void killed_sessions_lose_and_double_no_event(void **state)
{
    enum { BOUGHT = 60 };
    struct writer_world *world = *state;
    const uint64_t user = billing_user(&world->writer, INT64_C(1004) * BOUGHT);
    struct session_killer killer;
    char sql[128];
    size_t told = 0, count;

    session_killer_start(&killer, &world->database);
    for (int i = 0; i < BOUGHT; ++i)
        (void)billing_ask(&world->writer, bulk_purchase(user, NULL, 1));
    session_killer_stop(&killer);
    count = outbox_read_events(&world->database, "", events, EVENTS_MAX);
    for (size_t i = 0; i < count; ++i)
        told += strcmp(events[i].type, "hosting.checkout.accepted.v1") == 0 &&
                strtoull(events[i].key, NULL, 10) == user;
    (void)snprintf(sql, sizeof(sql),
                   "SELECT count(*) FROM billing.batches WHERE user_id = %" PRIu64, user);
    assert_int_equal(told, writer_world_count(world, sql));
    assert_true(told > 0);
}

/* INV-8 */
static void no_event_has_what_opens_a_server(void **state)
{
    static const char sealed[] = "a password sealed for the gateway";
    struct writer_world *world = *state;
    Slipway__V1__MachineResult *result = malloc(sizeof(*result));
    struct writer_outcome outcome;
    uint64_t vps;

    (void)bulk_purchase_make(&world->writer, &world->database, billing_user(&world->writer, 1500),
                             1, &vps);
    assert_non_null(result);
    slipway__v1__machine_result__init(result);
    result->vps_id = vps;
    result->sequence = 1;
    result->occurred_at_us = clock_now_us(NULL);
    result->outcome_case = SLIPWAY__V1__MACHINE_RESULT__OUTCOME_BUILT;
    result->built = malloc(sizeof(*result->built));
    assert_non_null(result->built);
    slipway__v1__machine_built__init(result->built);
    result->built->machine_uuid = strdup("0a2f7c66-5a0e-4d8e-9d0a-2f5f0f9c1d77");
    result->built->login = strdup("root");
    result->built->sealed_password.data = (uint8_t *)strdup(sealed);
    result->built->sealed_password.len = strlen(sealed);
    assert_int_equal(billing_tell_result(&world->writer, result, &outcome), 0);
    assert_true(outcome.applied);
    (void)read_events(world, "vps", vps, 1);
    assert_false(outbox_events_contain(&world->database, sealed, strlen(sealed)));
    assert_true(outbox_events_contain(&world->database, "vps-2", strlen("vps-2")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepted_checkout_is_told_once_with_all_its_servers),
        cmocka_unit_test(repeated_and_refused_purchases_tell_nothing),
        cmocka_unit_test(purchase_and_its_event_are_of_one_transaction),
        cmocka_unit_test(build_is_told_when_it_begins_and_when_it_ends),
        cmocka_unit_test(failed_build_is_told_with_its_refund_once),
        cmocka_unit_test(checkout_that_ends_both_ways_is_partial_and_told_with_the_last_server),
        cmocka_unit_test(servers_that_two_writers_finish_at_once_end_their_checkout_once),
        cmocka_unit_test(killed_sessions_lose_and_double_no_event),
        cmocka_unit_test(no_event_has_what_opens_a_server),
    };

    return cmocka_run_group_tests(tests, writer_world_set_up, writer_world_tear_down);
}
