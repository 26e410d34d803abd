#include "slipctl/base_url.h"
#include "slipctl/call.h"
#include "slipctl/handlers.h"

#include "lib/base/clock.h"

#include <stdio.h>
#include <string.h>

enum {
    PAUSE_MS = 2000,
    STATUS_SIZE = 32,
};

/* A deposit that is looked at until it is paid, or can't be any more. */
struct watched {
    struct buffer path;
    char status[STATUS_SIZE];
};

static void watched_deinit(struct watched *watched)
{
    buffer_deinit(&watched->path);
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text != NULL ? text : "";
}

/* True: the answer is no deposit. */
static bool read_status(const struct answer *answer, struct watched *watched)
{
    json_t *deposit = answer_json(answer);

    (void)snprintf(watched->status, sizeof(watched->status), "%s", text_of(deposit, "status"));
    json_decref(deposit);
    return watched->status[0] == '\0';
}

static int begin_watching(const struct answer *made, struct watched *watched, struct error *error)
{
    json_t *deposit = answer_json(made);

    buffer_append_text(&watched->path, "/deposits/");
    base_url_append_encoded(&watched->path, text_of(deposit, "provider"));
    buffer_append_text(&watched->path, "/");
    base_url_append_encoded(&watched->path, text_of(deposit, "external_id"));
    json_decref(deposit);
    if (watched->path.overflown || read_status(made, watched))
        return outcome_set(error, OUTCOME_REFUSED, "The server's answer is no deposit.");
    return 0;
}

static int watch(struct session *session, struct watched *watched, struct answer *last,
                 struct error *error)
{
    const int64_t deadline_ms = call_deadline_ms(session, WAIT_TIMEOUT_MS);
    const struct call call = {
        .method = "GET", .path = watched->path.data, .deadline_ms = deadline_ms};

    while (strcmp(watched->status, "pending") == 0) {
        int result;

        if (clock_monotonic_ms() + PAUSE_MS >= deadline_ms)
            return outcome_set(error, OUTCOME_UNREACHABLE,
                               "It is not paid yet; what is paid later is still credited.");
        clock_sleep_ms(PAUSE_MS);
        result = call_send(session, &call, last, error);
        if (result != 0)
            return result;
        if (read_status(last, watched))
            return outcome_set(error, OUTCOME_REFUSED, "The server's answer is no deposit.");
    }
    return 0;
}

/* Where to pay must be seen before it is waited for; with --json the document comes at the end. */
static int show_where_to_pay(struct session *session, const struct arguments *arguments,
                             const struct answer *made, struct error *error)
{
    json_t *deposit;
    int result;

    if (!session->settings.is_json) {
        result = session_print_answer(session, made, arguments->command->views, error);
        return result == 0 ? session_flush(session, error) : result;
    }
    deposit = answer_json(made);
    terminal_say(&session->terminal, "Pay at %s%s", text_of(deposit, "pay_url"),
                 text_of(deposit, "address"));
    json_decref(deposit);
    return 0;
}

static int print_end(struct session *session, const struct arguments *arguments,
                     const struct watched *watched, const struct answer *last, struct error *error)
{
    int result = 0;

    if (session->settings.is_json)
        result = session_print_answer(session, last, arguments->command->views, error);
    else
        buffer_append_text(&session->out, strcmp(watched->status, "completed") == 0
                                              ? "Paid: it is in the wallet.\n"
                                              : "");
    if (result == 0 && strcmp(watched->status, "completed") != 0)
        result = outcome_set(error, OUTCOME_REFUSED, "The deposit is %s.", watched->status);
    return result;
}

int run_deposit(struct session *session, const struct arguments *arguments, struct error *error)
{
    CLEANUP(answer_deinit) struct answer answer;
    CLEANUP(watched_deinit) struct watched watched = {0};
    int result;

    answer_init(&answer);
    result = run_send(session, arguments, &answer, error);
    if (result != 0)
        return result;
    if (arguments_have(arguments, ARGUMENT_NO_WAIT))
        return session_print_answer(session, &answer, arguments->command->views, error);
    result = begin_watching(&answer, &watched, error);
    if (result == 0)
        result = show_where_to_pay(session, arguments, &answer, error);
    if (result == 0)
        result = watch(session, &watched, &answer, error);
    return result == 0 ? print_end(session, arguments, &watched, &answer, error) : result;
}
