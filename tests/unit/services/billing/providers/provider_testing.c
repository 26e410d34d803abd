#include "provider_testing.h"

#include <jansson.h>
#include <string.h>
#include <strings.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

const struct provider_order test_order = {
    .reference = "slipway-9002",
    .amount_cents = 5000,
    .asset = "",
    .lifetime_s = 3600,
};

static int read_bytes(const struct answer_reader *reader, unsigned status, const char *body,
                      size_t length, struct provider_invoice *ret_invoice, struct error *error)
{
    /* A copy of exactly its length: what reads over the end is seen. */
    char *copy = malloc(length + (length == 0));
    int result;

    assert_non_null(copy);
    memcpy(copy, body, length);
    if (reader->external_id == NULL)
        result = reader->provider->read_create(reader->settings, reader->order, status, copy,
                                               length, ret_invoice, error);
    else
        result = reader->provider->read_find(reader->settings, reader->order, reader->external_id,
                                             status, copy, length, ret_invoice, error);
    free(copy);
    return result;
}

int read_answer(const struct answer_reader *reader, unsigned status, const char *body,
                struct provider_invoice *ret_invoice, struct error *error)
{
    return read_bytes(reader, status, body, strlen(body), ret_invoice, error);
}

/* All members, whatever lies between them. */
static bool is_untouched(const struct provider_invoice *invoice)
{
    return invoice->external_id[0] == '\0' && invoice->reference[0] == '\0' &&
           invoice->state == PROVIDER_OPEN && invoice->pay_url[0] == '\0' &&
           invoice->address[0] == '\0' && invoice->network[0] == '\0' && invoice->memo[0] == '\0' &&
           invoice->pay_amount[0] == '\0' && invoice->paid_cents == 0 &&
           invoice->expires_at_us == 0;
}

struct provider_invoice expect_answer(const struct answer_reader *reader, unsigned status,
                                      const char *body, int result)
{
    struct provider_invoice invoice;
    struct error error = {0};
    int found;

    memset(&invoice, 0, sizeof(invoice));
    found = read_answer(reader, status, body, &invoice, &error);
    if (found != result)
        fail_msg("%u %s: %d (%s), not %d", status, body, found, error.text, result);
    if (found != 0)
        assert_true(is_untouched(&invoice));
    else
        assert_invoice_is_sane(&invoice);
    assert_null(strstr(error.text, "secret"));
    return invoice;
}

void expect_cuts_refused(const struct answer_reader *reader, unsigned status, const char *body)
{
    struct provider_invoice invoice;
    struct error error;

    memset(&invoice, 0, sizeof(invoice));
    for (size_t length = 0; length < strlen(body); ++length) {
        assert_int_equal(read_bytes(reader, status, body, length, &invoice, &error), FAULT_HARD);
        assert_true(is_untouched(&invoice));
    }
}

static void try_odd_values(const struct answer_reader *reader, unsigned status, const json_t *root,
                           json_t *object, const char *name)
{
    static const char *const odd[] = {"null",
                                      "true",
                                      "[]",
                                      "{}",
                                      "[[]]",
                                      "\"\"",
                                      "-1",
                                      "1e308",
                                      "0",
                                      "99999999999999999999",
                                      "\"\\ud83d\\ude00\"",
                                      "\"a b\"",
                                      "\"javascript:alert(1)\"",
                                      "\"http://x/\\\"><script>\"",
                                      "\"\\u0001\"",
                                      "\"https://\\n\"",
                                      "\"0.000000000000000000000000000000000000000001\""};
    char long_text[4096 + 3];
    json_t *kept = json_incref(json_object_get(object, name));

    memset(long_text, 'a', sizeof(long_text));
    long_text[0] = long_text[sizeof(long_text) - 2] = '"';
    long_text[sizeof(long_text) - 1] = '\0';
    for (size_t i = 0; i <= ARRAY_LENGTH(odd); ++i) {
        json_t *value =
            json_loads(i < ARRAY_LENGTH(odd) ? odd[i] : long_text, JSON_DECODE_ANY, NULL);
        struct provider_invoice invoice;
        struct error error;
        char *text;

        memset(&invoice, 0, sizeof(invoice));
        json_object_set_new(object, name, value);
        text = json_dumps(root, JSON_COMPACT);
        assert_non_null(text);
        if (read_answer(reader, status, text, &invoice, &error) == 0)
            assert_invoice_is_sane(&invoice);
        else
            assert_true(is_untouched(&invoice));
        free(text);
    }
    json_object_set_new(object, name, kept);
}

void expect_odd_members_harmless(const struct answer_reader *reader, unsigned status,
                                 const char *body)
{
    json_t *root = json_loads(body, 0, NULL);
    json_t *waiting[64] = {root};
    size_t count = 1;

    assert_non_null(root);
    while (count > 0) {
        json_t *value = waiting[--count];
        const char *names[64];
        size_t members = 0;

        for (size_t i = 0; i < json_array_size(value); ++i)
            waiting[count++] = json_array_get(value, i);
        for (void *at = json_object_iter(value); at != NULL; at = json_object_iter_next(value, at))
            names[members++] = json_object_iter_key(at);
        for (size_t i = 0; i < members; ++i)
            try_odd_values(reader, status, root, value, names[i]);
        for (size_t i = 0; i < members; ++i)
            waiting[count++] = json_object_get(value, names[i]);
        assert_true(count < ARRAY_LENGTH(waiting) / 2);
    }
    json_decref(root);
}

void expect_common_refusals(const struct answer_reader *reader)
{
    expect_answer(reader, 429, "slow down", PROVIDER_BUSY);
    expect_answer(reader, 500, "<html>", FAULT_RETRY);
    expect_answer(reader, 503, "{}", FAULT_RETRY);
    expect_answer(reader, 408, "", FAULT_RETRY);
    expect_answer(reader, 302, "{}", FAULT_HARD);
    expect_answer(reader, 0, "{}", FAULT_HARD);
    expect_answer(reader, 600, "{}", FAULT_HARD);
    expect_answer(reader, 200, "", FAULT_HARD);
    expect_answer(reader, 200, "<html>", FAULT_HARD);
    expect_answer(reader, 200, "[]", FAULT_HARD);
    expect_answer(reader, 200, "{}", FAULT_HARD);
    expect_answer(reader, 200, "{\"a\":1,\"a\":2}", FAULT_HARD);
    /* A page that stands before the provider says nothing of an invoice. */
    expect_answer(reader, 403, "<html>", FAULT_HARD);
    expect_answer(reader, 404, "<html>", FAULT_HARD);
    expect_answer(reader, 404, "{}", FAULT_HARD);
}

static void assert_visible(const char *text)
{
    for (; *text != '\0'; ++text)
        assert_true(*text > ' ' && *text <= '~');
}

void assert_invoice_is_sane(const struct provider_invoice *invoice)
{
    assert_true(invoice->external_id[0] != '\0');
    assert_visible(invoice->external_id);
    assert_visible(invoice->reference);
    assert_visible(invoice->address);
    assert_visible(invoice->network);
    assert_visible(invoice->memo);
    assert_true(strspn(invoice->pay_amount, "0123456789.") == strlen(invoice->pay_amount));
    if (invoice->pay_url[0] != '\0') {
        assert_visible(invoice->pay_url);
        assert_null(strpbrk(invoice->pay_url, "\"'<>\\`"));
        assert_true(strncmp(invoice->pay_url, "http", 4) == 0);
    } else {
        assert_true(invoice->address[0] != '\0');
    }
    assert_true(invoice->paid_cents >= 0);
    assert_true(invoice->paid_cents == 0 || invoice->state == PROVIDER_PAID);
}

static void assert_text(const struct buffer *text, const char *expected)
{
    const char *found = text->data != NULL ? text->data : "";

    assert_int_equal(text->length, strlen(found));
    assert_string_equal(found, expected);
}

void expect_request(struct provider_request *request, const char *method, const char *url,
                    const char *const *headers, const char *body)
{
    size_t count = 0;

    assert_string_equal(request->method, method);
    assert_text(&request->url, url);
    for (; headers[count] != NULL; ++count) {
        assert_true(count < request->header_count);
        assert_text(&request->headers[count], headers[count]);
    }
    assert_int_equal(request->header_count, count);
    assert_text(&request->body, body);
    provider_request_deinit(request);
}

static const char *header(void *context, const char *name)
{
    const struct test_callback *callback = context;

    return callback->name != NULL && strcasecmp(callback->name, name) == 0 ? callback->value : NULL;
}

int read_callback(const struct provider *provider, const struct provider_settings *settings,
                  const struct test_callback *callback, struct provider_invoice *ret_invoice)
{
    struct test_callback lent = *callback;
    const struct provider_callback asked = {
        .body = callback->body,
        .body_length = strlen(callback->body),
        .header = header,
        .header_context = &lent,
    };
    struct error error;

    memset(ret_invoice, 0, sizeof(*ret_invoice));
    return provider->read_callback(settings, &asked, ret_invoice, &error);
}
