#include "slipctl/batch_follow.h"
#include "slipctl/call.h"
#include "slipctl/handlers.h"
#include "slipctl/prompt.h"
#include "slipctl/request.h"
#include "slipctl/views.h"

#include <string.h>

int run_confirm(const struct session *session, const struct arguments *arguments,
                const char *question, struct error *error)
{
    if (arguments_have(arguments, ARGUMENT_YES))
        return 0;
    if (!session->terminal.in_is_tty)
        return outcome_set(error, OUTCOME_MISUSED,
                           "Nobody is there to be asked; --yes does it without asking.");
    return prompt_confirm(&session->terminal, question)
               ? 0
               : outcome_set(error, OUTCOME_REFUSED, "Nothing was done.");
}

int run_send(struct session *session, const struct arguments *arguments, struct answer *ret_answer,
             struct error *error)
{
    CLEANUP(buffer_deinit) struct buffer path = {0};
    CLEANUP(buffer_deinit) struct buffer body = {0};
    const struct command *command = arguments->command;
    char idempotency_key[IDEMPOTENCY_KEY_SIZE];
    struct call call = {.method = command->request.method};

    request_append_path(command, arguments, &path);
    request_append_body(command, arguments, &body);
    if (path.overflown || body.overflown)
        return outcome_set(error, OUTCOME_REFUSED, "There is no memory left.");
    call_make_idempotency_key(arguments, idempotency_key);
    call.path = path.data;
    call.body = body.data;
    call.idempotency_key = (command->flags & COMMAND_MONEY) != 0 ? idempotency_key : NULL;
    return call_send(session, &call, ret_answer, error);
}

int run_answer(struct session *session, const struct arguments *arguments, struct error *error)
{
    CLEANUP(answer_deinit) struct answer answer;
    int result;

    answer_init(&answer);
    result = run_send(session, arguments, &answer, error);
    if (result != 0 || answer.status == 204)
        return result;
    return session_print_answer(session, &answer, arguments->command->views, error);
}

int run_find_batch(const struct answer *accepted, char ret_batch_id[static BATCH_TEXT_SIZE],
                   struct error *error)
{
    json_t *object = answer_json(accepted);
    const char *text = json_string_value(json_object_get(object, "batch_id"));
    const bool is_named = text != NULL && text[0] != '\0' && strlen(text) < BATCH_TEXT_SIZE;

    if (is_named)
        memcpy(ret_batch_id, text, strlen(text) + 1);
    json_decref(object);
    return is_named ? 0
                    : outcome_set(error, OUTCOME_REFUSED, "The server's answer names no batch.");
}

int run_follow_accepted(struct session *session, const struct arguments *arguments,
                        const struct answer *accepted, struct error *error)
{
    static const struct view *const first[] = {&view_accepted, NULL};
    static const struct view *const last[] = {&view_batch, &view_batch_items, NULL};
    char batch_id[BATCH_TEXT_SIZE];

    if (arguments_have(arguments, ARGUMENT_NO_WAIT))
        return session_print_answer(session, accepted, first, error);
    if (run_find_batch(accepted, batch_id, error) != 0)
        return OUTCOME_REFUSED;
    return batch_follow_and_print(session, batch_id, last, error);
}

int run_order(struct session *session, const struct arguments *arguments, struct error *error)
{
    CLEANUP(answer_deinit) struct answer answer;
    int result;

    answer_init(&answer);
    result = run_send(session, arguments, &answer, error);
    if (result != 0)
        return result;
    if (answer.status == 202)
        return run_follow_accepted(session, arguments, &answer, error);
    return session_print_answer(session, &answer, arguments->command->views, error);
}
