#include "tests/support/provider_speaker.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { TIMEOUT_MS = 30000 };

/* README.md of the stand-ins. */
static const struct side {
    const char *name, *token, *secret, *account;
} sides[] = {
    {"crypto",    "standin-crypto",         "standin-crypto-secret", ""                                    },
    {"cryptobot", "1000:standin-cryptobot", "",                      ""                                    },
    {"xrocket",   "standin-xrocket",        "",                      ""                                    },
    {"lolz",      "standin-lolz",           "standin-lolz-secret",   "77"                                  },
    {"sbp",       "standin-sbp",            "standin-sbp-secret",    "11111111-2222-3333-4444-555555555555"},
};

void speaker_init(struct speaker *speaker, struct speaker_world *world, const char *name,
                  const char *dialect)
{
    struct error error = {0};

    *speaker = (struct speaker){.world = world, .provider = provider_find(name)};
    (void)snprintf(speaker->base_url, sizeof(speaker->base_url), "%s/%s", world->standin.url, name);
    speaker->settings = (struct provider_settings){
        .base_url = speaker->base_url,
        .dialect = dialect,
        .callback_url = "http://127.0.0.1:9/callbacks",
        .return_url = "https://example.org/thanks",
        .kopecks_per_usd = 9517,
    };
    for (size_t i = 0; i < ARRAY_LENGTH(sides); ++i)
        if (strcmp(sides[i].name, name) == 0) {
            speaker->settings.token = sides[i].token;
            speaker->settings.secret = sides[i].secret;
            speaker->settings.account = sides[i].account;
        }
    assert_int_equal(provider_check(speaker->provider, &speaker->settings, &error), 0);
}

void speaker_renew_order(struct speaker *speaker)
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

int speaker_ask(struct speaker *speaker, const char *external_id,
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
    if (external_id == NULL)
        return speaker->provider->read_create(&speaker->settings, &speaker->order, answer.status,
                                              answer.body.data, answer.body.length, ret_invoice,
                                              &error);
    return speaker->provider->read_find(&speaker->settings, &speaker->order, external_id,
                                        answer.status, answer.body.data, answer.body.length,
                                        ret_invoice, &error);
}

struct provider_invoice speaker_create(struct speaker *speaker)
{
    struct provider_invoice invoice = {0};

    speaker_renew_order(speaker);
    assert_int_equal(speaker_ask(speaker, NULL, &invoice), 0);
    assert_int_equal(invoice.state, PROVIDER_OPEN);
    assert_int_equal(invoice.paid_cents, 0);
    return invoice;
}

struct provider_invoice speaker_find(struct speaker *speaker, const char *external_id)
{
    struct provider_invoice invoice = {0};

    assert_int_equal(speaker_ask(speaker, external_id, &invoice), 0);
    return invoice;
}

void speaker_press(struct speaker *speaker, const char *name, const char *members)
{
    char json[256];

    (void)snprintf(json, sizeof(json), "{\"provider\":\"%s\"%s}", speaker->provider->name, members);
    standin_process_press(&speaker->world->standin, name, json);
}

void speaker_press_for_order(struct speaker *speaker, const char *name, const char *members)
{
    char more[192];

    (void)snprintf(more, sizeof(more), ",\"reference\":\"%s\"%s", speaker->reference, members);
    speaker_press(speaker, name, more);
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

int speaker_receive(struct speaker *speaker, const char *signature,
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
