#include "services/notifier/channel_telegram.h"

#include "lib/base/clock.h"
#include "services/notifier/telegram_answer.h"

#include <jansson.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { URL_SIZE = 512 };

/* What the client's thread tells the courier's, which waits for it. */
struct answer {
    pthread_mutex_t mutex;
    pthread_cond_t told;
    bool is_told;
    int outcome;
    unsigned status;
    int64_t retry_after_s;
    char error[128];
};

static int64_t read_silence(const struct http_client_answer *answer)
{
    const int64_t asked_s = telegram_answer_silence_s(answer->body, answer->body_length);
    const int64_t header_s = answer->retry_after_s < TELEGRAM_SILENCE_LONGEST_S
                                 ? answer->retry_after_s
                                 : TELEGRAM_SILENCE_LONGEST_S;

    return asked_s > 0 ? asked_s : header_s;
}

static void note_answer(void *context, int outcome, const struct http_client_answer *http,
                        const struct error *error)
{
    struct answer *answer = context;

    (void)pthread_mutex_lock(&answer->mutex);
    answer->outcome = outcome;
    if (outcome == 0) {
        answer->status = http->status;
        answer->retry_after_s = read_silence(http);
    } else {
        (void)snprintf(answer->error, sizeof(answer->error), "%.120s", error->text);
    }
    answer->is_told = true;
    (void)pthread_cond_signal(&answer->told);
    (void)pthread_mutex_unlock(&answer->mutex);
}

static int post(const struct telegram_channel *channel, const char *body, struct answer *answer,
                struct error *error)
{
    static const char *const headers[] = {"Content-Type: application/json", NULL};
    char url[URL_SIZE];
    const struct http_client_request request = {.method = "POST",
                                                .url = url,
                                                .headers = headers,
                                                .body = body,
                                                .body_length = strlen(body),
                                                .timeout_ms = channel->timeout_ms,
                                                .only_once = true};
    int result = FAULT_HARD;

    if (snprintf(url, sizeof(url), "%s/bot%s/sendMessage", channel->url, channel->token) <
        (int)sizeof(url))
        result = http_client_send(channel->http, &request, note_answer, answer, error);
    sodium_memzero(url, sizeof(url));
    return result;
}

static void await(struct answer *answer)
{
    (void)pthread_mutex_lock(&answer->mutex);
    while (!answer->is_told)
        (void)pthread_cond_wait(&answer->told, &answer->mutex);
    (void)pthread_mutex_unlock(&answer->mutex);
}

static void end(struct notice_outcome *outcome, enum notice_fate fate, const char *why)
{
    outcome->fate = fate;
    (void)snprintf(outcome->error, sizeof(outcome->error), "%s", why);
}

static void hush(struct telegram_channel *channel, int64_t seconds, struct notice_outcome *outcome)
{
    channel->silent_until_ms = clock_monotonic_ms() + seconds * 1000;
    courier_retry(outcome, seconds * 1000, "too many requests");
}

static void judge(struct telegram_channel *channel, const struct answer *answer,
                  struct notice_outcome *outcome)
{
    if (answer->outcome == FAULT_UNCERTAIN)
        end(outcome, NOTICE_UNCERTAIN, answer->error);
    else if (answer->outcome != 0)
        courier_retry(outcome, 0, answer->error);
    else if (answer->status == 200)
        end(outcome, NOTICE_SENT, "");
    else if (answer->status == 429)
        hush(channel, answer->retry_after_s > 0 ? answer->retry_after_s : 1, outcome);
    else if (answer->status == 500 || answer->status == 503 || answer->status == 401)
        courier_retry(outcome, 0, "the API can't take it now");
    else if (answer->status > 500)
        end(outcome, NOTICE_UNCERTAIN, "somebody between us and the API failed");
    else
        end(outcome, NOTICE_FAILED, "the API refused it");
}

static char *write_body(const struct notice *notice, const struct notice_text *text)
{
    json_t *root = json_pack("{s:I, s:o}", "chat_id", (json_int_t)notice->telegram_id, "text",
                             json_sprintf("%s\n\n%s", text->subject.data, text->plain.data));
    char *body = root != NULL ? json_dumps(root, JSON_COMPACT) : NULL;

    json_decref(root);
    return body;
}

void channel_telegram_send(void *context, const struct notice *notice,
                           const struct notice_text *text, struct notice_outcome *ret_outcome)
{
    struct telegram_channel *channel = context;
    CLEANUP(cleanup_free) char *body = write_body(notice, text);
    const int64_t silent_ms = channel->silent_until_ms - clock_monotonic_ms();
    struct answer answer = {.mutex = PTHREAD_MUTEX_INITIALIZER, .told = PTHREAD_COND_INITIALIZER};
    struct error error = {"no memory for a message"};

    if (silent_ms > 0) {
        courier_retry(ret_outcome, silent_ms, "the API asked for silence");
    } else if (body == NULL || post(channel, body, &answer, &error) != 0) {
        courier_retry(ret_outcome, 0, error.text);
    } else {
        await(&answer);
        judge(channel, &answer, ret_outcome);
    }
}
