/* From a request to its invoice and its money, against a provider that answers, errs, hangs and
 * forgets: the invoicer and the poller on a real PostgreSQL. A process that dies on the way is one
 * that leaves the row behind where it died. */
#include "services/billing/deposit_poller.h"
#include "tests/support/billing_deposits.h"
#include "tests/support/standin_provider.h"
#include "tests/support/writer_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* One replica of billing, as far as deposits go. */
struct replica {
    struct billing_writer *writer;
    struct provider_client *client;
    struct invoicer *invoicer;
    struct deposit_poller *poller;
};

struct flow {
    struct billing_database database;
    struct billing_writer writer;
    struct standin_provider *standin;
    struct replica replica;
};

static void point_at_standin(struct billing_writer *writer, const struct standin_provider *standin)
{
    for (size_t i = 0; i < writer->book.count; ++i)
        writer->book.entries[i].settings.base_url = standin_provider_url(standin);
    writer->terms.provider_timeout_ms = 300;
}

static void replica_init(struct replica *replica, struct billing_writer *writer,
                         const struct billing_database *database)
{
    const struct provider_client_options client = {
        .book = &writer->book, .metrics = writer->metrics, .limit = 64};
    struct invoicer_options invoicer = {.writer = writer->writer, .terms = &writer->terms};
    struct deposit_poller_options poller = {.conninfo = database->service,
                                            .writer = writer->writer,
                                            .terms = &writer->terms,
                                            .interval_ms = 10,
                                            .limit = 16,
                                            .metrics = writer->metrics};
    struct error error;

    replica->writer = writer;
    assert_int_equal(provider_client_new(&client, &replica->client, &error), 0);
    invoicer.client = poller.client = replica->client;
    assert_int_equal(invoicer_new(&invoicer, &replica->invoicer, &error), 0);
    poller.invoicer = replica->invoicer;
    assert_int_equal(deposit_poller_new(&poller, &replica->poller, &error), 0);
}

/* As billing ends: who asks, then who is asked, then who writes. */
static void replica_deinit(struct replica *replica)
{
    deposit_poller_stop(replica->poller);
    provider_client_close(replica->client);
    billing_writer_deinit(replica->writer);
    deposit_poller_free(replica->poller);
    invoicer_free(replica->invoicer);
    provider_client_free(replica->client);
}

static int set_up(void **state)
{
    struct flow *flow = calloc(1, sizeof(*flow));

    assert_non_null(flow);
    billing_database_init(&flow->database);
    billing_writer_stock(&flow->database, 1);
    flow->standin = standin_provider_new();
    billing_writer_init(&flow->writer, flow->database.service);
    point_at_standin(&flow->writer, flow->standin);
    replica_init(&flow->replica, &flow->writer, &flow->database);
    *state = flow;
    return 0;
}

static int tear_down(void **state)
{
    struct flow *flow = *state;

    replica_deinit(&flow->replica);
    standin_provider_free(flow->standin);
    billing_assert_books(&flow->database);
    billing_database_deinit(&flow->database);
    free(flow);
    return 0;
}

static struct billing_reply ask(struct flow *flow, uint64_t user, const char *key)
{
    return billing_deposit(flow->replica.invoicer, user, key, 5000);
}

/* What happens by itself takes its time. */
static void await(const struct flow *flow, int64_t deposit_id, const char *condition)
{
    const int64_t deadline_ms = clock_monotonic_ms() + 20000;
    char sql[256];

    (void)snprintf(sql, sizeof(sql),
                   "SELECT count(*) FROM billing.deposits WHERE id = %" PRId64 " AND %s",
                   deposit_id, condition);
    while (billing_database_number(&flow->database, sql) == 0) {
        if (clock_monotonic_ms() > deadline_ms)
            fail_msg("never came about: %s", condition);
        clock_sleep_ms(20);
    }
}

static void change(const struct flow *flow, int64_t deposit_id, const char *columns)
{
    char sql[256];

    (void)snprintf(sql, sizeof(sql), "UPDATE billing.deposits SET %s WHERE id = %" PRId64, columns,
                   deposit_id);
    billing_database_script(&flow->database, sql);
}

static int64_t last_deposit(const struct flow *flow)
{
    return billing_database_number(&flow->database, "SELECT max(id) FROM billing.deposits");
}

static void invoice_is_made_once_and_replayed(void **state)
{
    struct flow *flow = *state;
    const uint64_t user = billing_user(&flow->writer, 0);
    const struct billing_reply first = ask(flow, user, "good");
    const struct billing_reply second = ask(flow, user, "good");

    assert_int_equal(first.status, 201);
    assert_true(second.replayed);
    assert_string_equal(second.body, first.body);
    assert_int_equal(standin_provider_invoices(flow->standin, last_deposit(flow)), 1);
}

static void provider_that_says_no_is_a_502_and_the_deposit_failed(void **state)
{
    struct flow *flow = *state;
    const uint64_t user = billing_user(&flow->writer, 0);
    struct billing_reply reply;

    standin_provider_set_mode(flow->standin, STANDIN_REFUSES);
    reply = ask(flow, user, "no");
    assert_int_equal(reply.status, 502);
    await(flow, last_deposit(flow), "status = 'failed' AND failure = 'refused'");
    standin_provider_set_mode(flow->standin, STANDIN_WORKS);
    assert_int_equal(ask(flow, user, "no").status, 201);
    assert_int_equal(standin_provider_invoices(flow->standin, last_deposit(flow)), 1);
    assert_int_equal(
        billing_database_number(&flow->database, "SELECT count(*) FROM billing.deposits"), 1);
}

/* INV-3: nobody repeats it, and it ends in one invoice all the same. */
static void answer_lost_in_the_middle_is_found_again_by_our_reference(void **state)
{
    struct flow *flow = *state;
    const uint64_t user = billing_user(&flow->writer, 0);
    struct billing_reply reply;
    int64_t deposit_id;

    standin_provider_set_mode(flow->standin, STANDIN_LOSES);
    reply = ask(flow, user, "lost");
    assert_int_equal(reply.status, 504);
    standin_provider_set_mode(flow->standin, STANDIN_WORKS);
    deposit_id = last_deposit(flow);
    change(flow, deposit_id, "due_at = now()");
    await(flow, deposit_id, "status = 'pending'");
    reply = ask(flow, user, "lost");
    assert_int_equal(reply.status, 201);
    assert_true(reply.replayed);
    assert_int_equal(standin_provider_invoices(flow->standin, deposit_id), 1);
}

static void error_after_the_work_makes_no_second_invoice(void **state)
{
    struct flow *flow = *state;
    const uint64_t user = billing_user(&flow->writer, 0);

    standin_provider_set_mode(flow->standin, STANDIN_DOES_AND_FAILS);
    assert_int_equal(ask(flow, user, "error").status, 502);
    standin_provider_set_mode(flow->standin, STANDIN_WORKS);
    assert_int_equal(ask(flow, user, "error").status, 201);
    assert_int_equal(standin_provider_invoices(flow->standin, last_deposit(flow)), 1);
}

static void error_instead_of_the_work_makes_one_when_repeated(void **state)
{
    struct flow *flow = *state;
    const uint64_t user = billing_user(&flow->writer, 0);

    standin_provider_set_mode(flow->standin, STANDIN_FAILS);
    assert_int_equal(ask(flow, user, "down").status, 502);
    standin_provider_set_mode(flow->standin, STANDIN_WORKS);
    assert_int_equal(ask(flow, user, "down").status, 201);
    assert_int_equal(standin_provider_invoices(flow->standin, last_deposit(flow)), 1);
}

/* INV-3: billing died between the commit and the request. */
static void deposit_opened_by_the_dead_gets_its_invoice(void **state)
{
    struct flow *flow = *state;
    const uint64_t user = billing_user(&flow->writer, 0);
    const struct billing_opened opened = billing_open(&flow->writer, user, "dead", 5000);
    struct billing_reply reply;

    assert_true(opened.has_order);
    assert_int_equal(ask(flow, user, "dead").status, 409);
    change(flow, opened.order.id, "leased_until = now(), due_at = now()");
    await(flow, opened.order.id, "status = 'pending'");
    reply = ask(flow, user, "dead");
    assert_int_equal(reply.status, 201);
    assert_true(reply.replayed);
    assert_int_equal(standin_provider_invoices(flow->standin, opened.order.id), 1);
}

/* INV-3: billing died between the provider's answer and its own record. */
static void invoice_made_for_the_dead_is_taken_over(void **state)
{
    struct flow *flow = *state;
    const uint64_t user = billing_user(&flow->writer, 0);
    const struct billing_opened opened = billing_open(&flow->writer, user, "dead", 5000);
    const int64_t invoice_id = standin_provider_add(flow->standin, opened.order.id, "50.00");
    char expected[64];
    struct billing_reply reply;

    /* Here the customer is first. */
    change(flow, opened.order.id, "leased_until = now()");
    reply = ask(flow, user, "dead");
    assert_int_equal(reply.status, 201);
    (void)snprintf(expected, sizeof(expected), "\"external_id\":\"%" PRId64 "\"", invoice_id);
    assert_non_null(strstr(reply.body, expected));
    assert_int_equal(standin_provider_invoices(flow->standin, opened.order.id), 1);
}

/* INV-9 */
static void payment_that_no_callback_told_of_is_found_and_credited_once(void **state)
{
    struct flow *flow = *state;
    const uint64_t user = billing_user(&flow->writer, 0);
    int64_t deposit_id;

    assert_int_equal(ask(flow, user, "polled").status, 201);
    deposit_id = last_deposit(flow);
    standin_provider_set_status(flow->standin, deposit_id, "paid");
    change(flow, deposit_id, "due_at = now()");
    await(flow, deposit_id, "status = 'completed' AND credited_cents = 5000 AND due_at IS NULL");
}

static void unpaid_invoice_expires_when_the_provider_says_so(void **state)
{
    struct flow *flow = *state;
    const uint64_t user = billing_user(&flow->writer, 0);
    int64_t deposit_id;

    assert_int_equal(ask(flow, user, "expired").status, 201);
    deposit_id = last_deposit(flow);
    standin_provider_set_status(flow->standin, deposit_id, "expired");
    change(flow, deposit_id, "due_at = now()");
    await(flow, deposit_id, "status = 'expired' AND due_at > now()");
    /* A look after the end finds what came late. */
    standin_provider_set_status(flow->standin, deposit_id, "paid");
    change(flow, deposit_id, "due_at = now()");
    await(flow, deposit_id, "status = 'completed'");
}

static void invoice_that_the_provider_forgot_expires_after_its_end_only(void **state)
{
    struct flow *flow = *state;
    const uint64_t user = billing_user(&flow->writer, 0);
    const struct deposit_order order = billing_pending(&flow->writer, user, "4711", 5000);

    change(flow, order.id, "due_at = now()");
    await(flow, order.id, "status = 'pending' AND tries = 1 AND due_at > now()");
    change(flow, order.id, "due_at = now(), expires_at = now() - interval '1 minute'");
    await(flow, order.id, "status = 'expired'");
}

static void look_at_an_open_invoice_changes_nothing_but_its_time(void **state)
{
    struct flow *flow = *state;
    const uint64_t user = billing_user(&flow->writer, 0);
    int64_t deposit_id;

    assert_int_equal(ask(flow, user, "open").status, 201);
    deposit_id = last_deposit(flow);
    change(flow, deposit_id, "due_at = now()");
    await(flow, deposit_id, "status = 'pending' AND tries = 1 AND due_at > now()");
}

/* A look moves the time on, so that it is one replica's. */
static void two_replicas_share_the_looks(void **state)
{
    enum { COUNT = 40 };
    struct flow *flow = *state;
    const uint64_t user = billing_user(&flow->writer, 0);
    struct billing_writer writer;
    struct replica other;
    char key[24];

    billing_writer_init(&writer, flow->database.service);
    point_at_standin(&writer, flow->standin);
    replica_init(&other, &writer, &flow->database);
    for (int i = 0; i < COUNT; ++i) {
        (void)snprintf(key, sizeof(key), "shared-%d", i);
        assert_int_equal(ask(flow, user, key).status, 201);
    }
    billing_database_script(&flow->database, "UPDATE billing.deposits SET due_at = now()");
    for (int64_t i = 0, last_id = last_deposit(flow); i < COUNT; ++i)
        await(flow, last_id - i, "tries = 1");
    replica_deinit(&other);
    assert_int_equal(standin_provider_looks(flow->standin), COUNT);
}

/* The provider has got the request. */
static void await_invoice(const struct flow *flow)
{
    const int64_t deadline_ms = clock_monotonic_ms() + 20000;

    while (standin_provider_invoices(flow->standin, last_deposit(flow)) == 0) {
        assert_true(clock_monotonic_ms() < deadline_ms);
        clock_sleep_ms(10);
    }
}

/* Whoever waits for a provider is answered when billing stops. */
static void stopping_answers_who_waits(void **state)
{
    struct flow *flow = *state;
    const uint64_t user = billing_user(&flow->writer, 0);
    struct billing_writer writer;
    struct replica other;
    struct billing_waiting *waiting;
    struct billing_reply reply;

    billing_writer_init(&writer, flow->database.service);
    point_at_standin(&writer, flow->standin);
    writer.terms.provider_timeout_ms = 60000;
    replica_init(&other, &writer, &flow->database);
    standin_provider_set_mode(flow->standin, STANDIN_LOSES);
    waiting = billing_deposit_begin(other.invoicer, user, "stopped", 5000);
    await_invoice(flow);
    replica_deinit(&other);
    reply = billing_deposit_end(waiting);
    assert_int_equal(reply.status, 504);
    standin_provider_set_mode(flow->standin, STANDIN_WORKS);
}

#define WITH_PROVIDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PROVIDER(invoice_is_made_once_and_replayed),
        WITH_PROVIDER(provider_that_says_no_is_a_502_and_the_deposit_failed),
        WITH_PROVIDER(answer_lost_in_the_middle_is_found_again_by_our_reference),
        WITH_PROVIDER(error_after_the_work_makes_no_second_invoice),
        WITH_PROVIDER(error_instead_of_the_work_makes_one_when_repeated),
        WITH_PROVIDER(deposit_opened_by_the_dead_gets_its_invoice),
        WITH_PROVIDER(invoice_made_for_the_dead_is_taken_over),
        WITH_PROVIDER(payment_that_no_callback_told_of_is_found_and_credited_once),
        WITH_PROVIDER(unpaid_invoice_expires_when_the_provider_says_so),
        WITH_PROVIDER(invoice_that_the_provider_forgot_expires_after_its_end_only),
        WITH_PROVIDER(look_at_an_open_invoice_changes_nothing_but_its_time),
        WITH_PROVIDER(two_replicas_share_the_looks),
        WITH_PROVIDER(stopping_answers_who_waits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
