#include "tests/support/reader_fixture.h"

#include <pthread.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const char books[] =
    "INSERT INTO billing.users VALUES (41, NULL, 'other', true, now()),"
    " (42, 666971555, 'acme', false, '2026-09-09T12:00:00Z');"
    "INSERT INTO billing.api_keys VALUES"
    " (1, sha256('operator'), 'operator', NULL, 'root', '{admin:*}', now(), NULL),"
    " (2, sha256('other'), 'reseller', 41, 'other', '{vps:read}', now(), NULL),"
    " (3, sha256('acme'), 'reseller', 42, 'acme', '{vps:read,vps:buy}', now(), NULL),"
    " (4, sha256('old'), 'reseller', 42, 'old', '{}', now(), now());"
    "INSERT INTO billing.accounts (id, kind, shard, balance_cents) VALUES"
    " (41, 'wallet', NULL, 0), (42, 'wallet', NULL, 1250), (-1, 'in_progress', 0, 1004),"
    " (-2, 'revenue', 0, 2861), (-3, 'adjustments', 0, -5115);"
    "INSERT INTO billing.batches VALUES (71, 'checkout', 42, 3, '2026-09-09T12:00:00Z');"
    "INSERT INTO billing.transfers VALUES"
    " (1, -3, 42, 5115, 'adjustment', 42, 5115, NULL, NULL, 'funds', '2026-09-01T00:00:00Z'),"
    " (2, 42, -1, 2861, 'purchase', 42, 2254, 71, 71, NULL, '2026-09-09T12:00:00Z'),"
    " (3, 42, -1, 1004, 'purchase', 42, 1250, 72, 71, NULL, '2026-09-09T12:00:00Z'),"
    " (4, 42, -1, 1004, 'purchase', 42, 246, 73, 71, NULL, '2026-09-09T12:00:00Z'),"
    " (5, -1, -2, 2861, 'capture', NULL, NULL, 71, 71, NULL, '2026-09-09T12:01:00Z'),"
    " (6, -1, 42, 1004, 'refund', 42, 1250, 72, 71, 'image_missing', '2026-09-09T12:02:00Z');"
    "INSERT INTO billing.locations VALUES ('de', 1, 'Germany', true), ('nl', 2, 'N', false);"
    "INSERT INTO billing.plans VALUES ('vps-2', 1, 'VPS 2', 2, 2048, 40, 2, 1004, true),"
    " ('old', 2, 'Old', 1, 1, 1, 1, 1, false);"
    "INSERT INTO billing.operating_systems VALUES ('ubuntu-22', 1, 'U', 512, 10, 'none', true),"
    " ('windows-2022', 2, 'W', 4096, 60, 'none', true), ('old', 3, 'O', 1, 1, 'none', false);"
    "INSERT INTO billing.periods VALUES (1, 0), (3, 500);"
    "INSERT INTO billing.nodes (id, location_code, name, uri, vcpu, ram_mb, disk_gb) VALUES"
    " (1, 'de', 'de-1', 'test:///default', 10, 10, 10);"
    "INSERT INTO billing.address_pools (id, location_code, first_address, size, prefix_length,"
    " gateway, next_offset) VALUES (1, 'de', '10.0.1.0', 100, 8, '10.0.0.1', 3);"
    "INSERT INTO billing.vps (id, user_id, batch_id, item_index, plan_code, location_code, os_code,"
    " period_months, price_cents, status, power_state, node_id, pool_id, address, sequence, port,"
    " login, sealed_password, seal_key_id, error_code, error_detail, created_at, updated_at,"
    " expires_at) VALUES"
    " (71, 42, 71, 0, 'vps-2', 'de', 'ubuntu-22', 3, 2861, 'active', 'running', 1, 1, '10.0.1.0',"
    "  1, 22, 'root', '\\xc0ffee', 1, NULL, NULL, '2026-09-09T12:00:00Z', '2026-09-09T12:01:00Z',"
    "  '2026-12-09T12:00:00Z'),"
    " (72, 42, 71, 1, 'vps-2', 'de', 'ubuntu-22', 1, 1004, 'failed', 'unknown', 1, 1, NULL,"
    "  1, NULL, NULL, NULL, NULL, 'image_missing', 'No image.', '2026-09-09T12:00:00Z',"
    "  '2026-09-09T12:02:00Z', '2026-10-09T12:00:00Z'),"
    " (73, 42, 71, 2, 'vps-2', 'de', 'ubuntu-22', 1, 1004, 'pending', 'unknown', 1, 1, '10.0.1.2',"
    "  1, NULL, NULL, NULL, NULL, NULL, NULL, '2026-09-09T12:00:00Z', '2026-09-09T12:00:00Z',"
    "  '2026-10-09T12:00:00Z')";

int reader_fixture_set_up(void **state)
{
    struct reader_fixture *fixture = calloc(1, sizeof(*fixture));
    struct reader_options options = {.threads = 2,
                                     .batch_limit = 64,
                                     .queue_limit = 1000,
                                     .deadline_ms = 5000,
                                     .statement_timeout_ms = 5000,
                                     .slow_timeout_ms = 20000,
                                     .referral_basis_points = 500};
    struct error error = {0};

    assert_non_null(fixture);
    billing_database_init(&fixture->database);
    billing_database_script(&fixture->database, books);
    fixture->metrics = metrics_new();
    options.metrics = fixture->metrics;
    options.conninfo = fixture->database.service;
    if (reader_new(&options, &fixture->reader, &error) != 0)
        fail_msg("%s", error.text);
    *state = fixture;
    return 0;
}

int reader_fixture_tear_down(void **state)
{
    struct reader_fixture *fixture = *state;

    reader_free(fixture->reader);
    metrics_free(fixture->metrics);
    billing_database_deinit(&fixture->database);
    free(fixture);
    return 0;
}

struct waiter {
    pthread_mutex_t mutex;
    pthread_cond_t told;
    Slipway__V1__QueryResult *result;
};

static void answered(void *context, const void *answer, size_t length)
{
    struct waiter *waiter = context;

    (void)pthread_mutex_lock(&waiter->mutex);
    waiter->result = slipway__v1__query_result__unpack(NULL, length, answer);
    (void)pthread_cond_signal(&waiter->told);
    (void)pthread_mutex_unlock(&waiter->mutex);
}

/* An owned copy, as it would come off the wire. */
static Slipway__V1__Query *copy_query(const Slipway__V1__Query *message)
{
    const size_t length = slipway__v1__query__get_packed_size(message);
    CLEANUP(cleanup_free) uint8_t *packed = malloc(length);

    assert_non_null(packed);
    (void)slipway__v1__query__pack(message, packed);
    return slipway__v1__query__unpack(NULL, length, packed);
}

Slipway__V1__QueryResult *reader_fixture_ask(struct reader *reader, uint64_t user_id,
                                             Slipway__V1__Query *message)
{
    struct waiter waiter = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, NULL};
    Slipway__V1__Principal principal = SLIPWAY__V1__PRINCIPAL__INIT;

    principal.role =
        user_id == 0 ? SLIPWAY__V1__ROLE__ROLE_OPERATOR : SLIPWAY__V1__ROLE__ROLE_RESELLER;
    principal.user_id = user_id;
    message->principal = &principal;
    assert_int_equal(reader_submit(reader, copy_query(message), answered, &waiter), 0);
    (void)pthread_mutex_lock(&waiter.mutex);
    while (waiter.result == NULL)
        (void)pthread_cond_wait(&waiter.told, &waiter.mutex);
    (void)pthread_mutex_unlock(&waiter.mutex);
    return waiter.result;
}

char reader_fixture_request_id[] = "request-1";

void reader_fixture_free_result(Slipway__V1__QueryResult **result)
{
    slipway__v1__query_result__free_unpacked(*result, NULL);
}

void reader_fixture_assert_not_found(const Slipway__V1__QueryResult *result)
{
    assert_int_equal(result->answer_case, SLIPWAY__V1__QUERY_RESULT__ANSWER_NOT_FOUND);
}

void reader_fixture_assert_refused(const Slipway__V1__QueryResult *result, uint32_t status,
                                   const char *text)
{
    CLEANUP(cleanup_free) char *body = NULL;

    assert_int_equal(result->answer_case, SLIPWAY__V1__QUERY_RESULT__ANSWER_REFUSED);
    assert_int_equal(result->refused->status, status);
    body = strndup((const char *)result->refused->body.data, result->refused->body.len);
    assert_non_null(body);
    if (strstr(body, text) == NULL || strstr(body, reader_fixture_request_id) == NULL)
        fail_msg("%s", body);
}
