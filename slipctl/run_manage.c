#include "slipctl/base_url.h"
#include "slipctl/batch_follow.h"
#include "slipctl/handlers.h"
#include "slipctl/process.h"

#include <string.h>

/* ---- power ---- */

int run_power(struct session *session, const struct arguments *arguments, struct error *error)
{
    struct arguments ordered = *arguments;

    if (strcmp(arguments_text(arguments, ARGUMENT_ACTION), "toggle") == 0)
        ordered.values[ARGUMENT_ACTION].text = "power-toggle";
    return run_order(session, &ordered, error);
}

/* ---- console ---- */

static int open_link(const char *url, struct error *error)
{
    const char *const words[] = {"xdg-open", url, NULL};
    int status = 0;

    if (process_run(words, &status, error) != 0)
        return OUTCOME_REFUSED;
    return status == 0 ? 0 : outcome_set(error, OUTCOME_REFUSED, "xdg-open could not open it.");
}

int run_console(struct session *session, const struct arguments *arguments, struct error *error)
{
    CLEANUP(answer_deinit) struct answer answer;
    const char *url;
    json_t *console;
    int result;

    answer_init(&answer);
    result = run_send(session, arguments, &answer, error);
    if (result == 0)
        result = session_print_answer(session, &answer, arguments->command->views, error);
    if (result == 0)
        result = session_flush(session, error);
    if (result != 0 || !arguments_have(arguments, ARGUMENT_OPEN))
        return result;
    console = answer_json(&answer);
    url = json_string_value(json_object_get(console, "url"));
    result = url != NULL && base_url_is_safe_link(url)
                 ? open_link(url, error)
                 : outcome_set(error, OUTCOME_REFUSED, "The console's link is not one to open.");
    json_decref(console);
    return result;
}

/* ---- batch ---- */

int run_batch(struct session *session, const struct arguments *arguments, struct error *error)
{
    if (!arguments_have(arguments, ARGUMENT_WAIT))
        return run_answer(session, arguments, error);
    return batch_follow_and_print(session, arguments_text(arguments, ARGUMENT_BATCH),
                                  arguments->command->views, error);
}
