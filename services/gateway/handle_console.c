#include "lib/base/clock.h"
#include "services/gateway/console_link.h"
#include "services/gateway/gateway.h"
#include "services/gateway/handlers.h"
#include "services/gateway/views.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hiredis/hiredis.h>

/* A request whose link is being put into Redis. */
struct opening {
    struct request *request;
    struct buffer body;
};

static void opening_free(struct opening *opening)
{
    if (opening == NULL)
        return;
    buffer_deinit(&opening->body);
    free(opening);
}
DEFINE_CLEANUP(struct opening *, opening_free)

/* The link is shown only once the console proxy can find it. */
static void stored(void *context, int outcome, const struct redisReply *reply,
                   const struct error *error)
{
    CLEANUP(opening_free_cleanup) struct opening *opening = context;
    static const struct error not_kept = {"Redis did not keep the console's link"};

    if (outcome == 0 && reply->type != REDIS_REPLY_STATUS)
        request_reply_fault(opening->request, FAULT_RETRY, &not_kept);
    else if (outcome == 0)
        request_reply_json(opening->request, 200, &opening->body);
    else
        request_reply_fault(opening->request, FAULT_RETRY, error);
}

static int store(struct opening *opening, const struct console_link *link,
                 const Slipway__V1__Console *console, struct error *error)
{
    struct gateway *gateway = opening->request->gateway;
    CLEANUP(buffer_deinit) struct buffer target = {0};
    char seconds[24];

    console_link_write_target(&target, console);
    if (target.overflown)
        return error_set(error, FAULT_RETRY, "console: no memory");
    (void)snprintf(seconds, sizeof(seconds), "%" PRId64, gateway->config->console_token_seconds);
    const struct redis_argument arguments[] = {
        REDIS_TEXT("SET"), REDIS_TEXT(link->key), {target.data, target.length},
        REDIS_TEXT("NX"),  REDIS_TEXT("EX"),      REDIS_TEXT(seconds),
    };
    return redis_call(gateway->redis, arguments, ARRAY_LENGTH(arguments), stored, opening, error);
}

static void write_answer(struct opening *opening, const struct console_link *link,
                         const Slipway__V1__Console *console)
{
    const int64_t seconds = opening->request->gateway->config->console_token_seconds;
    CLEANUP(buffer_deinit) struct buffer url = {.is_secret = true};

    console_link_write_url(link, console->console_url, &url);
    opening->body.is_secret = true;
    view_console(&opening->body, console, url.overflown ? "" : url.data,
                 clock_now_us(NULL) + seconds * 1000000);
    opening->body.overflown |= url.overflown;
}

static void open_console(struct request *request, const Slipway__V1__QueryResult *result)
{
    struct opening *opening = calloc(1, sizeof(*opening));
    uint8_t secret[CONSOLE_SECRET_SIZE];
    struct console_link link;
    struct error error = {"console: no memory"};
    int outcome = FAULT_RETRY;

    if (opening != NULL) {
        opening->request = request;
        randombytes_buf(secret, sizeof(secret));
        console_link_init(&link, secret);
        sodium_memzero(secret, sizeof(secret));
        write_answer(opening, &link, result->console);
        outcome = store(opening, &link, result->console, &error);
        console_link_deinit(&link);
    }
    if (outcome != 0) {
        opening_free(opening);
        request_reply_fault(request, outcome, &error);
    }
}

int handle_console(struct request *request, struct error *error)
{
    Slipway__V1__GetConsole question = SLIPWAY__V1__GET_CONSOLE__INIT;
    Slipway__V1__Query query = SLIPWAY__V1__QUERY__INIT;
    const int refusal = request_path_id(request, 0, &question.vps_id);

    if (refusal != 0)
        return refusal;
    http_exchange_set_header(request->exchange, "Cache-Control", "no-store");
    query.question_case = SLIPWAY__V1__QUERY__QUESTION_GET_CONSOLE;
    query.get_console = &question;
    return request_ask_then(request, &query, SLIPWAY__V1__QUERY_RESULT__ANSWER_CONSOLE,
                            open_console, error);
}
