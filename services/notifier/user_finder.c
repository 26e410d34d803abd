#include "services/notifier/user_finder.h"

#include "lib/http/client.h"
#include "lib/rpc/rpc_client.h"

#include "proto/billing.pb-c.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { URL_SIZE = 512, QUERY_SIZE = 128, ANSWER_BYTES_LIMIT = 64 * 1024 };

struct user_finder {
    struct http_client *http;
    struct rpc_client *queries;
};

/* What the client's thread tells the one that waits. */
struct answer {
    pthread_mutex_t mutex;
    pthread_cond_t told;
    bool is_told;
    int outcome;
    int64_t telegram_id;
    struct error error;
};

int user_finder_new(const struct user_finder_options *options, struct user_finder **ret_finder,
                    struct error *error)
{
    const struct http_client_options http = {.queue_limit = 1,
                                             .connections_per_host = 1,
                                             .connect_timeout_ms = options->connect_timeout_ms,
                                             .answer_bytes_limit = ANSWER_BYTES_LIMIT};
    struct user_finder *finder = calloc(1, sizeof(*finder));
    char url[URL_SIZE];
    struct rpc_client_options rpc = {.url = url,
                                     .token = options->token,
                                     .queue_limit = 1,
                                     .batch_limit = 1,
                                     .batch_bytes_limit = QUERY_SIZE,
                                     .trips = 1,
                                     .timeout_ms = options->timeout_ms};
    int result = 0;

    if (finder == NULL)
        return error_set(error, FAULT_HARD, "no memory for asking billing");
    if (snprintf(url, sizeof(url), "%s/rpc/queries", options->url) >= (int)sizeof(url))
        result = error_set(error, FAULT_HARD, "configuration: BILLING_URL is too long");
    if (result == 0)
        result = http_client_new(&http, &finder->http, error);
    rpc.http = finder->http;
    if (result == 0)
        result = rpc_client_new(&rpc, &finder->queries, error);
    if (result != 0) {
        user_finder_free(finder);
        return result;
    }
    *ret_finder = finder;
    return 0;
}

void user_finder_free(struct user_finder *finder)
{
    if (finder == NULL)
        return;
    http_client_free(finder->http);
    rpc_client_free(finder->queries);
    free(finder);
}

static void read_answer(struct answer *answer, const void *data, size_t length)
{
    Slipway__V1__QueryResult *result = slipway__v1__query_result__unpack(NULL, length, data);

    if (result != NULL && result->answer_case == SLIPWAY__V1__QUERY_RESULT__ANSWER_USER)
        answer->telegram_id = result->user->telegram_id;
    else if (result == NULL || result->answer_case != SLIPWAY__V1__QUERY_RESULT__ANSWER_NOT_FOUND)
        answer->outcome =
            error_set(&answer->error, FAULT_RETRY, "billing could not say which chat a user has");
    slipway__v1__query_result__free_unpacked(result, NULL);
}

static void note_answer(void *context, int outcome, const void *data, size_t length,
                        const struct error *error)
{
    struct answer *answer = context;

    (void)pthread_mutex_lock(&answer->mutex);
    if (outcome == 0)
        read_answer(answer, data, length);
    else
        /* Nothing is changed by asking. */
        answer->outcome = error_set(&answer->error, FAULT_RETRY, "billing: %s", error->text);
    answer->is_told = true;
    (void)pthread_cond_signal(&answer->told);
    (void)pthread_mutex_unlock(&answer->mutex);
}

static int send_question(struct user_finder *finder, int64_t user_id, struct answer *answer,
                         struct error *error)
{
    Slipway__V1__Principal principal = SLIPWAY__V1__PRINCIPAL__INIT;
    Slipway__V1__GetUser question = SLIPWAY__V1__GET_USER__INIT;
    Slipway__V1__Query query = SLIPWAY__V1__QUERY__INIT;
    uint8_t packed[QUERY_SIZE];

    principal.role = SLIPWAY__V1__ROLE__ROLE_OPERATOR;
    question.user_id = (uint64_t)user_id;
    query.principal = &principal;
    query.question_case = SLIPWAY__V1__QUERY__QUESTION_GET_USER;
    query.get_user = &question;
    return rpc_client_call(finder->queries, packed, slipway__v1__query__pack(&query, packed),
                           note_answer, answer, error);
}

int user_finder_ask(struct user_finder *finder, int64_t user_id, int64_t *ret_telegram_id,
                    struct error *error)
{
    struct answer answer = {.mutex = PTHREAD_MUTEX_INITIALIZER, .told = PTHREAD_COND_INITIALIZER};
    const int result = send_question(finder, user_id, &answer, error);

    if (result != 0)
        return result;
    (void)pthread_mutex_lock(&answer.mutex);
    while (!answer.is_told)
        (void)pthread_cond_wait(&answer.told, &answer.mutex);
    (void)pthread_mutex_unlock(&answer.mutex);
    if (answer.outcome != 0)
        return error_set(error, answer.outcome, "%s", answer.error.text);
    *ret_telegram_id = answer.telegram_id;
    return 0;
}
