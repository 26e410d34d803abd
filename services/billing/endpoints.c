#include "services/billing/endpoints.h"

#include "services/billing/answer.h"
#include "services/billing/queries.h"

static const uint32_t in_progress_retry_after_s = 1;

void endpoints_init(struct endpoints *endpoints, const struct endpoints_parts *parts)
{
    endpoints->parts = *parts;
    endpoints->closed = false;
    (void)pthread_rwlock_init(&endpoints->gate, NULL);
}

void endpoints_deinit(struct endpoints *endpoints)
{
    (void)pthread_rwlock_destroy(&endpoints->gate);
}

void endpoints_close(struct endpoints *endpoints)
{
    (void)pthread_rwlock_wrlock(&endpoints->gate);
    endpoints->closed = true;
    (void)pthread_rwlock_unlock(&endpoints->gate);
}

/* Without memory the answer is empty, which the gateway takes for none. */
static void answer_call(struct rpc_call *call, const Slipway__V1__Answer *answer)
{
    const size_t length = slipway__v1__answer__get_packed_size(answer);
    CLEANUP(cleanup_free) uint8_t *packed = malloc(length);

    if (packed != NULL)
        (void)slipway__v1__answer__pack(answer, packed);
    rpc_call_answer(call, packed, packed == NULL ? 0 : length);
}

static void refuse_command(struct rpc_call *call, enum problem_code code, const char *detail,
                           const char *request_id)
{
    CLEANUP(answer_deinit) struct answer answer = {0};
    Slipway__V1__Answer view;

    answer_render_refusal(&answer, code, detail, request_id);
    if (code == PROBLEM_IDEMPOTENCY_IN_PROGRESS)
        answer.retry_after_s = in_progress_retry_after_s;
    view = answer_view(&answer);
    answer_call(call, &view);
}

static void command_answered(void *context, const Slipway__V1__Answer *answer)
{
    answer_call(context, answer);
}

static void free_command(Slipway__V1__Command **command)
{
    slipway__v1__command__free_unpacked(*command, NULL);
}

static void free_query(Slipway__V1__Query **query)
{
    slipway__v1__query__free_unpacked(*query, NULL);
}

static int hand_on(const struct endpoints_parts *parts, Slipway__V1__Command *command,
                   struct rpc_call *call)
{
    if (command->action_case == SLIPWAY__V1__COMMAND__ACTION_OPEN_DEPOSIT)
        return invoicer_open(parts->invoicer, command, command_answered, call);
    if (command->action_case == SLIPWAY__V1__COMMAND__ACTION_PROVIDER_CALLBACK)
        return callbacks_take(parts->callbacks, command, command_answered, call);
    return writer_submit(parts->writer, command, command_answered, call);
}

static int submit_command(struct endpoints *endpoints, Slipway__V1__Command *command,
                          struct rpc_call *call)
{
    int refusal = WRITER_BUSY;

    (void)pthread_rwlock_rdlock(&endpoints->gate);
    if (!endpoints->closed)
        refusal = hand_on(&endpoints->parts, command, call);
    (void)pthread_rwlock_unlock(&endpoints->gate);
    return refusal;
}

void endpoints_handle_command(void *context, struct rpc_call *call, const void *item, size_t length)
{
    CLEANUP(free_command)
    Slipway__V1__Command *command = slipway__v1__command__unpack(NULL, length, item);
    int refusal;

    if (command == NULL) {
        refuse_command(call, PROBLEM_INTERNAL, "The command can't be read.", "");
        return;
    }
    refusal = submit_command(context, command, call);
    if (refusal == 0) {
        (void)TAKE(command);
    } else if (refusal == WRITER_IN_PROGRESS) {
        refuse_command(call, PROBLEM_IDEMPOTENCY_IN_PROGRESS,
                       "A request with this Idempotency-Key is still in work.",
                       command->request_id);
    } else {
        refuse_command(call, PROBLEM_UNAVAILABLE, "Billing is busy; try again.",
                       command->request_id);
    }
}

static void query_answered(void *context, const void *answer, size_t length)
{
    rpc_call_answer(context, answer, length);
}

static void refuse_query(struct rpc_call *call, const Slipway__V1__Query *query)
{
    static const Slipway__V1__Query unreadable = SLIPWAY__V1__QUERY__INIT;
    CLEANUP(buffer_deinit) struct buffer packed = {0};
    struct error error = {0};
    const int result = query == NULL ? queries_refuse_internal(&unreadable, &packed, &error)
                                     : queries_refuse_unavailable(query, &packed, &error);

    if (result != 0)
        buffer_reset(&packed);
    rpc_call_answer(call, packed.data, packed.length);
}

static int submit_query(struct endpoints *endpoints, Slipway__V1__Query *query,
                        struct rpc_call *call)
{
    int refusal = READER_BUSY;

    (void)pthread_rwlock_rdlock(&endpoints->gate);
    if (!endpoints->closed)
        refusal = reader_submit(endpoints->parts.reader, query, query_answered, call);
    (void)pthread_rwlock_unlock(&endpoints->gate);
    return refusal;
}

void endpoints_handle_query(void *context, struct rpc_call *call, const void *item, size_t length)
{
    CLEANUP(free_query) Slipway__V1__Query *query = slipway__v1__query__unpack(NULL, length, item);

    if (query != NULL && submit_query(context, query, call) == 0)
        (void)TAKE(query);
    else
        refuse_query(call, query);
}
