/* Each adapter against the stand-in of its provider, which was written from the providers' public
 * documents and shares no line with it: both must mean the same by every request, answer and
 * signature. */
#include "services/billing/providers/provider.h"
#include "tests/support/standin_process.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { TIMEOUT_MS = 30000 };

/* Tests run one after another on one process of the stand-ins. */
struct world {
    struct standin_process standin;
    int64_t next_order;
};

/* One provider in one dialect. */
struct speaker {
    struct world *world;
    const struct provider *provider;
    char base_url[96];
    struct provider_settings settings;
    char reference[PROVIDER_REFERENCE_SIZE];
    struct provider_order order;
};

static void begin(struct world *world, const char *name, const char *dialect, const char *secret,
                  struct speaker *ret_speaker)
{
    static const struct {
        const char *name, *token, *account;
    } sides[] = {
        {"crypto",    "standin-crypto",         ""                                    },
        {"cryptobot", "1000:standin-cryptobot", ""                                    },
        {"xrocket",   "standin-xrocket",        ""                                    },
        {"lolz",      "standin-lolz",           "77"                                  },
        {"sbp",       "standin-sbp",            "11111111-2222-3333-4444-555555555555"},
    };
    struct error error = {0};

    *ret_speaker = (struct speaker){.world = world, .provider = provider_find(name)};
    (void)snprintf(ret_speaker->base_url, sizeof(ret_speaker->base_url), "%s/%s",
                   world->standin.url, name);
    ret_speaker->settings = (struct provider_settings){
        .base_url = ret_speaker->base_url,
        .secret = secret,
        .dialect = dialect,
        .callback_url = "http://127.0.0.1:9/callbacks",
        .return_url = "https://example.org/thanks",
        .kopecks_per_usd = 9517,
    };
    for (size_t i = 0; i < ARRAY_LENGTH(sides); ++i)
        if (strcmp(sides[i].name, name) == 0) {
            ret_speaker->settings.token = sides[i].token;
            ret_speaker->settings.account = sides[i].account;
        }
    assert_int_equal(provider_check(ret_speaker->provider, &ret_speaker->settings, &error), 0);
}

static void renew_order(struct speaker *speaker)
{
    (void)snprintf(speaker->reference, sizeof(speaker->reference), "slipway-%lld",
                   (long long)++speaker->world->next_order);
    speaker->order = (struct provider_order){
        .reference = speaker->reference, .amount_cents = 5017, .asset = "", .lifetime_s = 3600};
}

/* Sends what the adapter has written. */
static void send(struct speaker *speaker, struct provider_request *request, bool only_once,
                 struct standin_answer *ret_answer)
{
    const char *headers[PROVIDER_HEADERS_MAX + 1] = {0};

    for (size_t i = 0; i < request->header_count; ++i)
        headers[i] = request->headers[i].data;
    standin_process_send(&speaker->world->standin,
                         &(struct http_client_request){.method = request->method,
                                                       .url = request->url.data,
                                                       .headers = headers,
                                                       .body = request->body.data,
                                                       .body_length = request->body.length,
                                                       .timeout_ms = TIMEOUT_MS,
                                                       .only_once = only_once},
                         ret_answer);
    provider_request_deinit(request);
}

/* `external_id` of NULL: creates. FAULT_UNCERTAIN when no answer comes. */
static int ask(struct speaker *speaker, const char *external_id,
               struct provider_invoice *ret_invoice)
{
    CLEANUP(standin_answer_deinit) struct standin_answer answer = {0};
    struct provider_request request = {0};
    struct error error = {0};
    int result;

    if (external_id == NULL)
        result =
            speaker->provider->write_create(&speaker->settings, &speaker->order, &request, &error);
    else
        result = speaker->provider->write_find(&speaker->settings, &speaker->order, external_id,
                                               &request, &error);
    assert_int_equal(result, 0);
    send(speaker, &request, external_id == NULL, &answer);
    if (answer.outcome != 0)
        return answer.outcome;
    memset(ret_invoice, 0, sizeof(*ret_invoice));
    if (external_id == NULL)
        return speaker->provider->read_create(&speaker->settings, &speaker->order, answer.status,
                                              answer.body.data, answer.body.length, ret_invoice,
                                              &error);
    return speaker->provider->read_find(&speaker->settings, &speaker->order, external_id,
                                        answer.status, answer.body.data, answer.body.length,
                                        ret_invoice, &error);
}

static struct provider_invoice create(struct speaker *speaker)
{
    struct provider_invoice invoice;

    renew_order(speaker);
    assert_int_equal(ask(speaker, NULL, &invoice), 0);
    assert_int_equal(invoice.state, PROVIDER_OPEN);
    assert_int_equal(invoice.paid_cents, 0);
    return invoice;
}

static struct provider_invoice find(struct speaker *speaker, const char *external_id)
{
    struct provider_invoice invoice;

    assert_int_equal(ask(speaker, external_id, &invoice), 0);
    return invoice;
}

static void press(struct speaker *speaker, const char *name, const char *members)
{
    char json[256];

    (void)snprintf(json, sizeof(json), "{\"provider\":\"%s\"%s}", speaker->provider->name, members);
    standin_process_press(&speaker->world->standin, name, json);
}

/* For the invoice of the speaker's order. */
static void press_for_order(struct speaker *speaker, const char *name, const char *members)
{
    char more[192];

    (void)snprintf(more, sizeof(more), ",\"reference\":\"%s\"%s", speaker->reference, members);
    press(speaker, name, more);
}

static const char *header(void *context, const char *name)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)context, key, value)
    {
        if (strcasecmp(key, name) == 0)
            return json_string_value(value);
    }
    return NULL;
}

/* The webhook that the stand-in would send now, judged by the adapter. */
static int receive(struct speaker *speaker, const char *signature,
                   struct provider_invoice *ret_invoice)
{
    CLEANUP(standin_answer_deinit) struct standin_answer answer = {0};
    json_auto_t *webhook = NULL;
    struct provider_callback callback;
    struct error error;
    char url[256];

    (void)snprintf(url, sizeof(url), "%s/__/preview?provider=%s&reference=%s&signature=%s",
                   speaker->world->standin.url, speaker->provider->name, speaker->reference,
                   signature);
    standin_process_send(
        &speaker->world->standin,
        &(struct http_client_request){.method = "GET", .url = url, .timeout_ms = TIMEOUT_MS},
        &answer);
    assert_int_equal(answer.status, 200);
    webhook = json_loadb(answer.body.data, answer.body.length, 0, NULL);
    callback = (struct provider_callback){
        .body = json_string_value(json_object_get(webhook, "body")),
        .body_length = json_string_length(json_object_get(webhook, "body")),
        .header = header,
        .header_context = json_object_get(webhook, "headers"),
    };
    memset(ret_invoice, 0, sizeof(*ret_invoice));
    return speaker->provider->read_callback(&speaker->settings, &callback, ret_invoice, &error);
}

/* ---- what holds for all ---- */

static void pays(struct speaker *speaker)
{
    const struct provider_invoice made = create(speaker);
    struct provider_invoice told, found;

    assert_true(made.pay_url[0] != '\0' || made.address[0] != '\0');
    assert_int_equal(find(speaker, made.external_id).state, PROVIDER_OPEN);
    press_for_order(speaker, "pay", ",\"webhooks\":0");
    found = find(speaker, made.external_id);
    assert_int_equal(found.state, PROVIDER_PAID);
    assert_int_equal(found.paid_cents, 5017);
    assert_int_equal(receive(speaker, "good", &told), 0);
    assert_true(strcmp(told.external_id, made.external_id) == 0 ||
                strcmp(told.reference, speaker->reference) == 0);
    assert_int_equal(receive(speaker, "wrong", &told), PROVIDER_NOT_AUTHENTIC);
}

static void expires(struct speaker *speaker)
{
    const struct provider_invoice made = create(speaker);

    press_for_order(speaker, "expire", "");
    assert_int_equal(find(speaker, made.external_id).state, PROVIDER_EXPIRED);
    press_for_order(speaker, "pay", ",\"webhooks\":0,\"late\":true");
    assert_int_equal(find(speaker, made.external_id).state, PROVIDER_PAID);
}

static void recovers_a_lost_answer(struct speaker *speaker)
{
    struct provider_invoice invoice;

    renew_order(speaker);
    assert_int_equal(ask(speaker, "", &invoice), PROVIDER_NOT_FOUND);
    press(speaker, "fault", ",\"kind\":\"drop\"");
    assert_int_equal(ask(speaker, NULL, &invoice), FAULT_UNCERTAIN);
    assert_int_equal(ask(speaker, "", &invoice), 0);
    assert_int_equal(invoice.state, PROVIDER_OPEN);
    assert_true(invoice.pay_url[0] != '\0' || invoice.address[0] != '\0');
    assert_int_equal(find(speaker, invoice.external_id).state, PROVIDER_OPEN);
}

static void stands_faults(struct speaker *speaker)
{
    struct provider_settings good = speaker->settings;
    struct provider_invoice invoice;
    const struct provider_invoice made = create(speaker);

    press(speaker, "fault", ",\"kind\":\"status\",\"status\":500");
    assert_int_equal(ask(speaker, made.external_id, &invoice), FAULT_RETRY);
    press(speaker, "fault", ",\"kind\":\"status\",\"status\":429,\"retry_after\":1");
    assert_int_equal(ask(speaker, made.external_id, &invoice), PROVIDER_BUSY);
    press(speaker, "fault", ",\"kind\":\"status\",\"status\":403");
    assert_int_equal(ask(speaker, made.external_id, &invoice), FAULT_HARD);
    press(speaker, "fault", ",\"kind\":\"garbage\"");
    assert_int_equal(ask(speaker, made.external_id, &invoice), FAULT_HARD);
    assert_int_equal(ask(speaker, "404404", &invoice), PROVIDER_NOT_FOUND);
    speaker->settings.token = "another";
    assert_int_equal(ask(speaker, NULL, &invoice), PROVIDER_REFUSED);
    speaker->settings = good;
    assert_int_equal(find(speaker, made.external_id).state, PROVIDER_OPEN);
}

static void all(struct speaker *speaker)
{
    pays(speaker);
    expires(speaker);
    recovers_a_lost_answer(speaker);
    stands_faults(speaker);
}

/* ---- each ---- */

static void cryptobot_and_its_stand_in_agree(void **state)
{
    struct speaker speaker;
    struct provider_invoice told;

    begin(*state, "cryptobot", "", "", &speaker);
    all(&speaker);
    (void)create(&speaker);
    press_for_order(&speaker, "pay", ",\"webhooks\":0");
    assert_int_equal(receive(&speaker, "good", &told), 0);
    assert_int_equal(told.paid_cents, 5017);
    assert_int_equal(receive(&speaker, "missing", &told), PROVIDER_NOT_AUTHENTIC);
}

static void classic_xrocket_and_its_stand_in_agree(void **state)
{
    struct speaker speaker;
    struct provider_invoice told;

    begin(*state, "xrocket", "classic", "", &speaker);
    all(&speaker);
    (void)create(&speaker);
    press_for_order(&speaker, "pay", ",\"webhooks\":0");
    assert_int_equal(receive(&speaker, "missing", &told), PROVIDER_NOT_AUTHENTIC);
}

/* A repeated request makes no second invoice. */
static void newer_xrocket_and_its_stand_in_agree(void **state)
{
    static const char *const dialects[] = {"exchange", "exchange-usdt"};
    struct provider_invoice again;
    struct speaker speaker;

    for (size_t i = 0; i < ARRAY_LENGTH(dialects); ++i) {
        begin(*state, "xrocket", dialects[i], "", &speaker);
        all(&speaker);
        const struct provider_invoice made = create(&speaker);

        assert_int_equal(ask(&speaker, NULL, &again), 0);
        assert_string_equal(again.external_id, made.external_id);
    }
}

static void lolz_and_its_stand_in_agree(void **state)
{
    struct provider_invoice invoice;
    struct speaker speaker;

    begin(*state, "lolz", "", "standin-lolz-secret", &speaker);
    all(&speaker);
    /* Amounts as text and as number, by the id. */
    (void)create(&speaker);
    (void)create(&speaker);
    assert_int_equal(ask(&speaker, NULL, &invoice), PROVIDER_REFUSED);
    begin(*state, "lolz", "test", "standin-lolz-secret", &speaker);
    pays(&speaker);
    speaker.settings.dialect = "live";
    assert_int_equal(ask(&speaker, "", &invoice), FAULT_HARD);
}

static void sbp_and_its_stand_in_agree_on_both_signatures(void **state)
{
    static const char *const dialects[] = {"header", "body"};
    struct provider_invoice invoice;
    struct speaker speaker;

    for (size_t i = 0; i < ARRAY_LENGTH(dialects); ++i) {
        begin(*state, "sbp", dialects[i], "standin-sbp-secret", &speaker);
        all(&speaker);
        (void)create(&speaker);
        assert_int_equal(ask(&speaker, NULL, &invoice), PROVIDER_REFUSED);
        /* The rate of the settings has changed meanwhile. */
        press_for_order(&speaker, "pay", ",\"webhooks\":0");
        speaker.settings.kopecks_per_usd = 12000;
        assert_int_equal(find(&speaker, "").paid_cents, 5017);
    }
}

static void expect_crypto(struct speaker *speaker, const char *asset, const char *pay,
                          enum provider_state state, int64_t paid_cents)
{
    struct provider_invoice invoice;

    renew_order(speaker);
    speaker->order.asset = asset;
    assert_int_equal(ask(speaker, NULL, &invoice), 0);
    press_for_order(speaker, "pay", pay);
    invoice = find(speaker, invoice.external_id);
    assert_int_equal(invoice.state, state);
    assert_int_equal(invoice.paid_cents, paid_cents);
}

static void crypto_and_its_stand_in_agree(void **state)
{
    struct provider_invoice told;
    struct speaker speaker;

    begin(*state, "crypto", "", "standin-crypto-secret", &speaker);
    pays(&speaker);
    expires(&speaker);
    stands_faults(&speaker);
    expect_crypto(&speaker, "", ",\"webhooks\":0,\"amount\":\"25\"", PROVIDER_PAID, 2500);
    expect_crypto(&speaker, "USDT-ERC20", ",\"webhooks\":0,\"amount\":\"100.34\"", PROVIDER_PAID,
                  10034);
    expect_crypto(&speaker, "TON", ",\"webhooks\":0,\"stage\":\"confirming\"", PROVIDER_OPEN, 0);
    expect_crypto(&speaker, "TON", ",\"webhooks\":0", PROVIDER_PAID, 5017);
    /* Coins sent again make a payment of its own, of which the newest webhook tells. */
    press_for_order(&speaker, "pay", ",\"webhooks\":0");
    assert_int_equal(receive(&speaker, "good", &told), PROVIDER_IGNORED);
}

static void a_coin_with_a_memo_is_shown_with_it(void **state)
{
    struct provider_invoice invoice;
    struct speaker speaker;

    begin(*state, "crypto", "floating", "standin-crypto-secret", &speaker);
    renew_order(&speaker);
    speaker.order.asset = "XRP";
    assert_int_equal(ask(&speaker, NULL, &invoice), 0);
    assert_true(invoice.memo[0] != '\0');
    assert_string_equal(invoice.network, "xrp");
    assert_string_equal(invoice.pay_amount, "100.34");
    speaker.order.asset = "DOGE";
    assert_int_equal(ask(&speaker, NULL, &invoice), PROVIDER_REFUSED);
}

/* Its list is closed to keys: a payment whose answer was lost counts as none. */
static void a_lost_payment_of_crypto_counts_as_none(void **state)
{
    struct provider_invoice invoice;
    struct speaker speaker;

    begin(*state, "crypto", "", "standin-crypto-secret", &speaker);
    renew_order(&speaker);
    press(&speaker, "fault", ",\"kind\":\"drop\"");
    assert_int_equal(ask(&speaker, NULL, &invoice), FAULT_UNCERTAIN);
    assert_int_equal(ask(&speaker, "", &invoice), PROVIDER_NOT_FOUND);
    assert_int_equal(ask(&speaker, NULL, &invoice), 0);
}

static int start(void **state)
{
    static struct world world;

    standin_process_init(&world.standin, SLIPWAY_STANDIN);
    *state = &world;
    return 0;
}

static int stop(void **state)
{
    struct world *world = *state;

    standin_process_deinit(&world->standin);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cryptobot_and_its_stand_in_agree),
        cmocka_unit_test(classic_xrocket_and_its_stand_in_agree),
        cmocka_unit_test(newer_xrocket_and_its_stand_in_agree),
        cmocka_unit_test(lolz_and_its_stand_in_agree),
        cmocka_unit_test(sbp_and_its_stand_in_agree_on_both_signatures),
        cmocka_unit_test(crypto_and_its_stand_in_agree),
        cmocka_unit_test(a_coin_with_a_memo_is_shown_with_it),
        cmocka_unit_test(a_lost_payment_of_crypto_counts_as_none),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
