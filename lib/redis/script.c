#include "lib/redis/script.h"

#include "lib/base/buffer.h"
#include "lib/redis/call.h"

#include <string.h>

static const char unknown_script[] = "Redis: NOSCRIPT";

struct script_call {
    struct redis *redis;
    const struct redis_script *script;
    /* The arguments after the script, as Redis reads them. */
    struct buffer arguments;
    size_t count;
    bool text_sent;
    redis_answered_fn answered;
    void *context;
};

static void script_call_free(struct script_call *call)
{
    if (call == NULL)
        return;
    buffer_deinit(&call->arguments);
    free(call);
}
DEFINE_CLEANUP(struct script_call *, script_call_free)

static void append_argument(struct buffer *command, const void *data, size_t length)
{
    buffer_append_format(command, "$%zu\r\n", length);
    buffer_append(command, data, length);
    buffer_append(command, "\r\n", 2);
}

static void hear(void *context, int outcome, const struct redisReply *reply,
                 const struct error *error);

static int submit(struct script_call *call, const char *verb, const char *script,
                  struct error *error)
{
    CLEANUP(buffer_deinit) struct buffer command = {0};
    struct redis_call prototype = {.answered = hear, .context = call};

    buffer_append_format(&command, "*%zu\r\n", call->count + 2);
    append_argument(&command, verb, strlen(verb));
    append_argument(&command, script, strlen(script));
    buffer_append(&command, call->arguments.data, call->arguments.length);
    if (command.overflown)
        return error_set(error, FAULT_HARD, "no memory");
    prototype.command = buffer_take(&command, &prototype.length);
    return redis_submit(call->redis, &prototype, error);
}

static bool is_unknown(int outcome, const struct error *error)
{
    return outcome == FAULT_HARD &&
           strncmp(error->text, unknown_script, sizeof(unknown_script) - 1) == 0;
}

static void hear(void *context, int outcome, const struct redisReply *reply,
                 const struct error *error)
{
    CLEANUP(script_call_free_cleanup) struct script_call *call = context;
    struct error refused;

    if (is_unknown(outcome, error) && !call->text_sent) {
        call->text_sent = true;
        outcome = submit(call, "EVAL", call->script->text, &refused);
        error = &refused;
        if (outcome == 0) {
            call = NULL;
            return;
        }
    }
    if (call->answered != NULL)
        call->answered(call->context, outcome, reply, error);
}

int redis_script_call(struct redis *redis, const struct redis_script *script,
                      const struct redis_argument *arguments, size_t count,
                      redis_answered_fn answered, void *context, struct error *error)
{
    CLEANUP(script_call_free_cleanup) struct script_call *call = calloc(1, sizeof(*call));
    int result;

    if (call == NULL)
        return error_set(error, FAULT_HARD, "no memory");
    *call = (struct script_call){
        .redis = redis, .script = script, .count = count, .answered = answered, .context = context};
    for (size_t i = 0; i < count; ++i)
        append_argument(&call->arguments, arguments[i].data, arguments[i].length);
    if (call->arguments.overflown)
        return error_set(error, FAULT_HARD, "no memory");
    result = submit(call, "EVALSHA", script->sha1, error);
    if (result == 0)
        call = NULL;
    return result;
}
