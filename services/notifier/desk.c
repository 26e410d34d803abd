#include "services/notifier/desk.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/queue.h"
#include "services/notifier/calls.h"

#include <pthread.h>
#include <stdatomic.h>

enum { THREADS_MAX = 16 };

struct desk {
    struct desk_options options;
    struct queue *queue;
    pthread_t threads[THREADS_MAX];
    size_t thread_count;
    atomic_bool is_up;
};

/* A call that waits. */
struct errand {
    struct rpc_call *call;
    Slipway__V1__NotifierCall *message;
};

static void errand_free(struct errand *errand)
{
    slipway__v1__notifier_call__free_unpacked(errand->message, NULL);
    free(errand);
}

static void refuse(struct rpc_call *call, const char *code, const char *detail)
{
    CLEANUP(buffer_deinit) struct buffer packed = {0};

    calls_refuse(code, detail, &packed);
    rpc_call_answer(call, packed.data, packed.length);
}

static int connect_if_due(struct desk *desk, struct pg **pg, struct error *error)
{
    const struct pg_options options = {.conninfo = desk->options.conninfo,
                                       .application_name = "slipway-notifier-desk",
                                       .statement_timeout_ms = desk->options.statement_timeout_ms,
                                       .answer_timeout_ms =
                                           desk->options.statement_timeout_ms + 1000};

    return *pg != NULL ? 0 : pg_new(&options, pg, error);
}

static void answer(struct desk *desk, struct pg **pg, const struct errand *errand)
{
    CLEANUP(buffer_deinit) struct buffer packed = {0};
    struct error error = {0};
    int result = connect_if_due(desk, pg, &error);

    if (result == 0)
        result = calls_answer(&(struct call_context){.options = &desk->options,
                                                     .pg = *pg,
                                                     .call = errand->message,
                                                     .now_us = clock_now_us(NULL)},
                              &packed, &error);
    atomic_store(&desk->is_up, result == 0);
    if (result == 0) {
        rpc_call_answer(errand->call, packed.data, packed.length);
        return;
    }
    log_event(LOG_WARNING, NULL, "a call could not be answered",
              LOG_TEXT("request_id", errand->message->request_id),
              LOG_TEXT("fault", fault_name(result)), LOG_TEXT("error", error.text));
    refuse(errand->call, result == FAULT_HARD ? "internal" : "unavailable",
           "The notifier can't answer now.");
}

static void *run(void *context)
{
    CLEANUP(pg_free_cleanup) struct pg *pg = NULL;
    struct desk *desk = context;
    struct error error = {0};
    void *item;

    if (connect_if_due(desk, &pg, &error) == 0)
        atomic_store(&desk->is_up, true);
    while (queue_take(desk->queue, &item, 1, -1) > 0) {
        answer(desk, &pg, item);
        errand_free(item);
    }
    return NULL;
}

int desk_new(const struct desk_options *options, struct desk **ret_desk, struct error *error)
{
    struct desk *desk = calloc(1, sizeof(*desk));

    if (desk == NULL)
        return error_set(error, FAULT_HARD, "no memory for the desk");
    desk->options = *options;
    desk->queue = queue_new((size_t)options->queue_limit);
    if (desk->queue == NULL) {
        desk_free(desk);
        return error_set(error, FAULT_HARD, "no memory for the desk");
    }
    for (; desk->thread_count < (size_t)options->threads; ++desk->thread_count)
        if (pthread_create(&desk->threads[desk->thread_count], NULL, run, desk) != 0) {
            desk_free(desk);
            return error_set(error, FAULT_HARD, "the desk's thread can't be started");
        }
    *ret_desk = desk;
    return 0;
}

void desk_close(struct desk *desk)
{
    queue_close(desk->queue);
}

void desk_free(struct desk *desk)
{
    if (desk == NULL)
        return;
    if (desk->queue != NULL)
        queue_close(desk->queue);
    for (size_t i = 0; i < desk->thread_count; ++i)
        (void)pthread_join(desk->threads[i], NULL);
    queue_free(desk->queue);
    free(desk);
}

bool desk_is_up(const struct desk *desk)
{
    return atomic_load(&desk->is_up);
}

void desk_handle(void *context, struct rpc_call *call, const void *item, size_t length)
{
    struct desk *desk = context;
    struct errand *errand = calloc(1, sizeof(*errand));

    if (errand == NULL) {
        refuse(call, "unavailable", "The notifier has no memory; try again.");
        return;
    }
    errand->call = call;
    errand->message = slipway__v1__notifier_call__unpack(NULL, length, item);
    if (errand->message == NULL) {
        free(errand);
        refuse(call, "internal", "The call can't be read.");
    } else if (queue_put(desk->queue, errand) != 0) {
        errand_free(errand);
        refuse(call, "unavailable", "The notifier is busy; try again.");
    }
}
