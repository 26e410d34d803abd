#include "lib/http/client.h"

#include "lib/base/buffer.h"
#include "lib/http/client_call.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum {
    /* How long the thread sleeps when nothing wakes it; libcurl shortens it to its own timers. */
    LONGEST_SLEEP_MS = 1000,
    IDLE_HANDLES_MAX = 64,
};

struct http_client {
    struct http_client_options options;
    CURLM *multi;
    pthread_t thread;
    bool is_running;
    pthread_mutex_t lock;
    /* Not started yet, oldest first; under the lock. */
    struct client_call *first_waiting, **last_waiting;
    bool is_stopping;
    atomic_llong open_calls;
    /* The thread's own: calls in libcurl's hands, and handles to be used again. */
    struct client_call *running;
    CURL *idle_handles[IDLE_HANDLES_MAX];
    size_t idle_count;
};

static struct client_call *take_waiting(struct http_client *client, bool *ret_is_stopping)
{
    struct client_call *calls;

    (void)pthread_mutex_lock(&client->lock);
    calls = client->first_waiting;
    client->first_waiting = NULL;
    client->last_waiting = &client->first_waiting;
    *ret_is_stopping = client->is_stopping;
    (void)pthread_mutex_unlock(&client->lock);
    return calls;
}

/* Ends the call in the way that is told; `easy` is kept for another one. */
static void finish(struct http_client *client, struct client_call *call, int outcome,
                   const struct http_client_answer *answer, const struct error *error)
{
    CURL *easy = TAKE(call->easy);

    atomic_fetch_sub(&client->open_calls, 1);
    call->done(call->context, outcome, outcome == 0 ? answer : NULL, error);
    client_call_free(call);
    if (easy == NULL)
        return;
    if (client->idle_count < IDLE_HANDLES_MAX)
        client->idle_handles[client->idle_count++] = easy;
    else
        curl_easy_cleanup(easy);
}

static void fail(struct http_client *client, struct client_call *call, enum fault fault,
                 const char *text)
{
    struct error error;

    (void)error_set(&error, fault, "%s", text);
    finish(client, call, fault, NULL, &error);
}

static void start_call(struct http_client *client, struct client_call *call)
{
    call->easy = client->idle_count > 0 ? client->idle_handles[--client->idle_count]
                                        : client_call_new_handle(&client->options);
    if (call->easy == NULL || client_call_prepare(call) ||
        curl_multi_add_handle(client->multi, call->easy) != CURLM_OK) {
        fail(client, call, FAULT_RETRY, "no memory for a request");
        return;
    }
    client_call_link(&client->running, call);
}

static void finish_done(struct http_client *client)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(client->multi, &left)) != NULL) {
        struct client_call *call = client_call_of(message->easy_handle);
        const CURLcode code = message->data.result;
        struct http_client_answer answer;
        struct error error = {0};
        int outcome;

        (void)curl_multi_remove_handle(client->multi, call->easy);
        client_call_unlink(&client->running, call);
        outcome = client_call_result(call, code, &answer, &error);
        finish(client, call, outcome, &answer, &error);
    }
}

static void abandon_all(struct http_client *client, struct client_call *waiting)
{
    while (client->running != NULL) {
        struct client_call *call = client->running;

        (void)curl_multi_remove_handle(client->multi, call->easy);
        client_call_unlink(&client->running, call);
        fail(client, call, FAULT_UNCERTAIN, "the client is stopping");
    }
    while (waiting != NULL) {
        struct client_call *next = waiting->next;

        fail(client, waiting, FAULT_UNCERTAIN, "the client is stopping");
        waiting = next;
    }
}

static void *run(void *context)
{
    struct http_client *client = context;
    bool is_stopping = false;

    for (;;) {
        struct client_call *calls = take_waiting(client, &is_stopping);
        int still_running;

        if (is_stopping) {
            abandon_all(client, calls);
            return NULL;
        }
        while (calls != NULL) {
            struct client_call *next = calls->next;

            start_call(client, calls);
            calls = next;
        }
        (void)curl_multi_perform(client->multi, &still_running);
        finish_done(client);
        (void)curl_multi_poll(client->multi, NULL, 0, LONGEST_SLEEP_MS, NULL);
    }
}

static int start(struct http_client *client, struct error *error)
{
    int failure;

    client->multi = curl_multi_init();
    if (client->multi == NULL)
        return error_set(error, FAULT_HARD, "no memory for an HTTP client");
    (void)curl_multi_setopt(client->multi, CURLMOPT_MAX_HOST_CONNECTIONS,
                            (long)client->options.connections_per_host);
    failure = pthread_create(&client->thread, NULL, run, client);
    if (failure != 0)
        return error_set(error, FAULT_HARD, "thread: %s", strerrordesc_np(failure));
    client->is_running = true;
    return 0;
}

int http_client_new(const struct http_client_options *options, struct http_client **ret_client,
                    struct error *error)
{
    struct http_client *client;
    int fault;

    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return error_set(error, FAULT_HARD, "libcurl did not start");
    client = calloc(1, sizeof(*client));
    if (client == NULL)
        return error_set(error, FAULT_HARD, "no memory for an HTTP client");
    client->options = *options;
    client->last_waiting = &client->first_waiting;
    (void)pthread_mutex_init(&client->lock, NULL);
    fault = start(client, error);
    if (fault != 0) {
        http_client_free(client);
        return fault;
    }
    *ret_client = client;
    return 0;
}

static void stop(struct http_client *client)
{
    (void)pthread_mutex_lock(&client->lock);
    client->is_stopping = true;
    (void)pthread_mutex_unlock(&client->lock);
    (void)curl_multi_wakeup(client->multi);
    (void)pthread_join(client->thread, NULL);
}

void http_client_free(struct http_client *client)
{
    if (client == NULL)
        return;
    if (client->is_running)
        stop(client);
    while (client->idle_count > 0)
        curl_easy_cleanup(client->idle_handles[--client->idle_count]);
    (void)curl_multi_cleanup(client->multi);
    (void)pthread_mutex_destroy(&client->lock);
    free(client);
}

/* False: the client is stopping. */
static bool enqueue(struct http_client *client, struct client_call *call)
{
    bool was_empty;
    bool is_stopping;

    (void)pthread_mutex_lock(&client->lock);
    is_stopping = client->is_stopping;
    was_empty = client->first_waiting == NULL;
    if (!is_stopping) {
        *client->last_waiting = call;
        client->last_waiting = &call->next;
    }
    (void)pthread_mutex_unlock(&client->lock);
    /* Whoever came first has woken the thread. */
    if (!is_stopping && was_empty)
        (void)curl_multi_wakeup(client->multi);
    return !is_stopping;
}

int http_client_send(struct http_client *client, const struct http_client_request *request,
                     http_client_done_fn done, void *context, struct error *error)
{
    struct client_call *call;

    if (atomic_fetch_add(&client->open_calls, 1) >= client->options.queue_limit) {
        atomic_fetch_sub(&client->open_calls, 1);
        return error_set(error, FAULT_RETRY, "too many requests are waiting");
    }
    call = client_call_new(request, &client->options);
    if (call == NULL) {
        atomic_fetch_sub(&client->open_calls, 1);
        return error_set(error, FAULT_RETRY, "no memory for a request");
    }
    call->done = done;
    call->context = context;
    if (enqueue(client, call))
        return 0;
    client_call_free(call);
    atomic_fetch_sub(&client->open_calls, 1);
    return error_set(error, FAULT_RETRY, "the client is stopping");
}
