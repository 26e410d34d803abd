#include "bench/peers/webhook_loop.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

enum { WAIT_MS = 1000 };

/* As long as what the notifier sends of a renewed server. */
static const char body[] =
    "{\"type\":\"hosting.vps.renewed.v1\",\"timestamp\":\"2026-09-09T12:00:00Z\",\"data\":{"
    "\"vps_id\":1000001,\"user_id\":1001,\"plan_code\":\"vps-2\",\"location_code\":\"de\","
    "\"os_code\":\"debian-12\",\"status\":\"active\",\"ip\":\"192.0.2.7\","
    "\"expires_at\":\"2026-12-09T12:00:00Z\",\"charged_usd\":\"28.61\"}}";

static const char *const header_lines[] = {
    "Content-Type: application/json",
    "User-Agent: Slipway-Webhooks/1",
    "Expect:",
    "webhook-id: 0123456789abcdef0123456789abcdef",
    "webhook-timestamp: 1788955200",
    "webhook-signature: v1,C2FVsBQIhrscChlQIMV+b5sSYspob7oDJ3yTZ8iZVtM=",
};

static size_t drop(char *data, size_t size, size_t count, void *context)
{
    (void)data;
    (void)context;
    return size * count;
}

static CURL *make_request(const char *url, struct curl_slist *headers)
{
    CURL *easy = curl_easy_init();

    if (easy == NULL)
        return NULL;
    (void)curl_easy_setopt(easy, CURLOPT_URL, url);
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)(sizeof(body) - 1));
    (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
    return easy;
}

struct loop {
    CURLM *multi;
    int64_t to_send, done, failed;
};

/* Each that is done begins anew, as long as there is something to send. */
static void turn_over(struct loop *loop)
{
    const CURLMsg *message;
    int left = 0;

    while ((message = curl_multi_info_read(loop->multi, &left)) != NULL) {
        CURL *easy = message->easy_handle;

        loop->failed += message->data.result != CURLE_OK;
        ++loop->done;
        (void)curl_multi_remove_handle(loop->multi, easy);
        if (loop->to_send > 0) {
            --loop->to_send;
            (void)curl_multi_add_handle(loop->multi, easy);
        }
    }
}

static void send_all(struct loop *loop, int64_t count)
{
    int running = 0;

    while (loop->done < count) {
        (void)curl_multi_perform(loop->multi, &running);
        turn_over(loop);
        if (loop->done < count && running > 0)
            (void)curl_multi_poll(loop->multi, NULL, 0, WAIT_MS, NULL);
    }
}

int webhook_loop_run(const char *url, int64_t count, int64_t connections, struct error *error)
{
    CURL **requests = calloc((size_t)connections, sizeof(*requests));
    struct loop loop = {.multi = curl_multi_init(), .to_send = count};
    struct curl_slist *headers = NULL;

    for (size_t i = 0; i < sizeof(header_lines) / sizeof(header_lines[0]); ++i)
        headers = curl_slist_append(headers, header_lines[i]);
    for (int64_t i = 0; requests != NULL && i < connections && loop.to_send > 0; ++i) {
        requests[i] = make_request(url, headers);
        loop.to_send -= curl_multi_add_handle(loop.multi, requests[i]) == CURLM_OK;
    }
    if (requests != NULL)
        send_all(&loop, count);
    for (int64_t i = 0; requests != NULL && i < connections; ++i)
        curl_easy_cleanup(requests[i]);
    (void)curl_multi_cleanup(loop.multi);
    curl_slist_free_all(headers);
    free(requests);
    if (loop.done < count || loop.failed > 0)
        return error_set(error, FAULT_HARD, "the loop could not send all");
    return 0;
}
