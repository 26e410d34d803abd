/* What a provider's callback comes out as, judged by its signature. */
#include "services/billing/callback_message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sodium.h>
#include <string.h>

static const char token[] = "1000:test";

static const char paid[] =
    "{\"update_id\":1,\"update_type\":\"invoice_paid\",\"request_date\":\"2026-09-09T12:00:00Z\","
    "\"payload\":{\"invoice_id\":1001,\"status\":\"paid\",\"currency_type\":\"fiat\","
    "\"fiat\":\"USD\",\"amount\":\"50\",\"payload\":\"slipway-9002\","
    "\"bot_invoice_url\":\"https://t.me/CryptoBot?start=x\"}}";

/* HMAC-SHA256 under SHA-256(token), as the provider documents it. */
static void sign(const char *body, char ret_hex[static 2 * crypto_auth_hmacsha256_BYTES + 1])
{
    unsigned char key[crypto_hash_sha256_BYTES], mac[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;

    (void)crypto_hash_sha256(key, (const unsigned char *)token, strlen(token));
    (void)crypto_auth_hmacsha256_init(&state, key, sizeof(key));
    (void)crypto_auth_hmacsha256_update(&state, (const unsigned char *)body, strlen(body));
    (void)crypto_auth_hmacsha256_final(&state, mac);
    (void)sodium_bin2hex(ret_hex, 2 * sizeof(mac) + 1, mac, sizeof(mac));
}

struct message {
    Slipway__V1__ProviderCallback callback;
    Slipway__V1__CallbackHeader headers[CALLBACK_HEADERS_MAX + 2];
    Slipway__V1__CallbackHeader *pointers[CALLBACK_HEADERS_MAX + 2];
};

static void begin(struct message *message, char *body)
{
    slipway__v1__provider_callback__init(&message->callback);
    message->callback.body = (ProtobufCBinaryData){strlen(body), (uint8_t *)body};
    message->callback.headers = message->pointers;
}

static void add_header(struct message *message, char *name, ProtobufCBinaryData value)
{
    const size_t index = message->callback.n_headers++;

    slipway__v1__callback_header__init(&message->headers[index]);
    message->headers[index].name = name;
    message->headers[index].value = value;
    message->pointers[index] = &message->headers[index];
}

static int read_message(const struct message *message, struct provider_invoice *ret_invoice)
{
    const struct provider_entry entry = {
        .provider = provider_find("cryptobot"),
        .settings = {.base_url = "https://pay.crypt.bot",
                     .token = token,
                     .secret = "",
                     .account = "",
                     .dialect = "",
                     .callback_url = "",
                     .return_url = ""},
    };
    struct error error;

    return callback_message_read(&message->callback, &entry, ret_invoice, &error);
}

static char signature_name[] = "CRYPTO-PAY-API-SIGNATURE";

static void signed_callback_is_read_whatever_the_case_of_its_header(void **state)
{
    char body[sizeof(paid)], signature[2 * crypto_auth_hmacsha256_BYTES + 1];
    struct provider_invoice invoice;
    struct message message;

    (void)state;
    memcpy(body, paid, sizeof(paid));
    sign(body, signature);
    begin(&message, body);
    add_header(&message, signature_name,
               (ProtobufCBinaryData){strlen(signature), (uint8_t *)signature});
    assert_int_equal(read_message(&message, &invoice), 0);
    assert_string_equal(invoice.external_id, "1001");
    assert_string_equal(invoice.reference, "slipway-9002");
    assert_int_equal(invoice.state, PROVIDER_PAID);
    assert_int_equal(invoice.paid_cents, 5000);
}

static void missing_or_wrong_signature_is_not_authentic(void **state)
{
    char body[sizeof(paid)], signature[2 * crypto_auth_hmacsha256_BYTES + 1];
    struct provider_invoice invoice;
    struct message message;

    (void)state;
    memcpy(body, paid, sizeof(paid));
    sign(body, signature);
    begin(&message, body);
    assert_int_equal(read_message(&message, &invoice), PROVIDER_NOT_AUTHENTIC);
    add_header(&message, signature_name,
               (ProtobufCBinaryData){strlen(signature), (uint8_t *)signature});
    body[10] ^= 1;
    assert_int_equal(read_message(&message, &invoice), PROVIDER_NOT_AUTHENTIC);
}

static void header_with_a_nul_or_too_long_was_not_sent(void **state)
{
    char body[sizeof(paid)], signature[2 * crypto_auth_hmacsha256_BYTES + 1];
    char longest[CALLBACK_HEADER_SIZE];
    struct provider_invoice invoice;
    struct message message;

    (void)state;
    memcpy(body, paid, sizeof(paid));
    sign(body, signature);
    begin(&message, body);
    /* The NUL behind it is part of what was sent. */
    add_header(&message, signature_name,
               (ProtobufCBinaryData){sizeof(signature), (uint8_t *)signature});
    assert_int_equal(read_message(&message, &invoice), PROVIDER_NOT_AUTHENTIC);
    begin(&message, body);
    memset(longest, 'a', sizeof(longest));
    add_header(&message, signature_name,
               (ProtobufCBinaryData){sizeof(longest), (uint8_t *)longest});
    add_header(&message, signature_name, (ProtobufCBinaryData){0, NULL});
    assert_int_equal(read_message(&message, &invoice), PROVIDER_NOT_AUTHENTIC);
}

static void headers_past_the_bound_are_not_looked_at(void **state)
{
    char body[sizeof(paid)], signature[2 * crypto_auth_hmacsha256_BYTES + 1];
    char other[] = "X-Other", value[] = "x";
    struct provider_invoice invoice;
    struct message message;

    (void)state;
    memcpy(body, paid, sizeof(paid));
    sign(body, signature);
    begin(&message, body);
    for (size_t i = 0; i < CALLBACK_HEADERS_MAX; ++i)
        add_header(&message, other, (ProtobufCBinaryData){1, (uint8_t *)value});
    add_header(&message, signature_name,
               (ProtobufCBinaryData){strlen(signature), (uint8_t *)signature});
    assert_int_equal(read_message(&message, &invoice), PROVIDER_NOT_AUTHENTIC);
}

static void callback_without_a_body_is_not_authentic(void **state)
{
    char body[] = "";
    struct provider_invoice invoice;
    struct message message;

    (void)state;
    begin(&message, body);
    message.callback.body = (ProtobufCBinaryData){0, NULL};
    assert_int_equal(read_message(&message, &invoice), PROVIDER_NOT_AUTHENTIC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signed_callback_is_read_whatever_the_case_of_its_header),
        cmocka_unit_test(missing_or_wrong_signature_is_not_authentic),
        cmocka_unit_test(header_with_a_nul_or_too_long_was_not_sent),
        cmocka_unit_test(headers_past_the_bound_are_not_looked_at),
        cmocka_unit_test(callback_without_a_body_is_not_authentic),
    };

    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
