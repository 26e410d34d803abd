#include "slipctl/session.h"

#include "slipctl/text.h"

#include <sodium.h>

enum { OUTPUT_LONGEST = 128 * 1024 * 1024 };

void session_init(struct session *session, const struct terminal *terminal)
{
    *session = (struct session){.terminal = *terminal, .out = {.limit = OUTPUT_LONGEST}};
    answer_init(&session->refusal);
}

static void wipe_output(struct session *session)
{
    if (session->out.data != NULL)
        sodium_memzero(session->out.data, session->out.capacity);
    buffer_reset(&session->out);
}

void session_deinit(struct session *session)
{
    wipe_output(session);
    buffer_deinit(&session->out);
    answer_deinit(&session->refusal);
    transport_free(session->transport);
    settings_deinit(&session->settings);
}

int session_configure(struct session *session, const struct arguments *arguments,
                      struct error *error)
{
    if (arguments_have(arguments, ARGUMENT_NO_COLOR))
        session->terminal.out_has_colours = false;
    return settings_read_common(arguments, &session->settings, error);
}

int session_connect(struct session *session, struct error *error)
{
    return transport_new(session->settings.ca_file, &session->transport, error) == 0
               ? 0
               : (int)OUTCOME_REFUSED;
}

int session_flush(struct session *session, struct error *error)
{
    const bool failed =
        session->out.overflown ||
        terminal_write(session->terminal.out_fd, session->out.data, session->out.length);

    wipe_output(session);
    return failed ? outcome_set(error, OUTCOME_REFUSED, "The output can't be written.") : 0;
}

void session_print_json(struct session *session, const char *json, size_t length)
{
    if (session->terminal.out_is_tty)
        text_append_safe_json(&session->out, json, length);
    else
        buffer_append(&session->out, json, length);
    if (length == 0 || json[length - 1] != '\n')
        buffer_append(&session->out, "\n", 1);
}

void session_print_views(struct session *session, const struct view *const *views,
                         const json_t *object)
{
    const struct view_style style = {
        .width = session->terminal.out_width,
        .has_colours = session->terminal.out_has_colours,
    };

    for (size_t i = 0; views[i] != NULL; ++i) {
        if (i > 0)
            buffer_append(&session->out, "\n", 1);
        view_render(views[i], object, &style, &session->out);
    }
}

int session_print_answer(struct session *session, const struct answer *answer,
                         const struct view *const *views, struct error *error)
{
    json_t *object = answer_json(answer);

    if (object == NULL)
        return outcome_set(error, OUTCOME_REFUSED, "The server's answer is not JSON.");
    if (session->settings.is_json)
        session_print_json(session, answer->body.data, answer->body.length);
    else
        session_print_views(session, views, object);
    json_decref(object);
    return 0;
}
