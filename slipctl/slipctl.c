#include "slipctl/slipctl.h"

#include "slipctl/completion.h"
#include "slipctl/handlers.h"
#include "slipctl/help.h"
#include "slipctl/problem_line.h"
#include "slipctl/request.h"
#include "slipctl/text.h"
#include "slipctl/wiping_memory.h"

#include <sodium.h>
#include <string.h>

int run_completion(struct session *session, const struct arguments *arguments, struct error *error)
{
    (void)error;
    if (strcmp(arguments_text(arguments, ARGUMENT_SHELL), "bash") == 0)
        completion_append_bash(&session->out);
    else
        completion_append_zsh(&session->out);
    return 0;
}

static int show_help(struct session *session, const struct arguments *arguments)
{
    if (arguments_have(arguments, ARGUMENT_VERSION))
        buffer_append_text(&session->out, "slipctl " SLIPCTL_VERSION "\n");
    else if (arguments->command != NULL)
        help_append_command(arguments->command, &session->out);
    else
        help_append_overview(&session->out);
    return 0;
}

static int ask_first(const struct session *session, const struct arguments *arguments,
                     struct error *error)
{
    CLEANUP(buffer_deinit) struct buffer question = {0};

    if (arguments->command->question == NULL)
        return 0;
    request_append_question(arguments->command, arguments, &question);
    if (question.overflown)
        return outcome_set(error, OUTCOME_REFUSED, "There is no memory left.");
    return run_confirm(session, arguments, question.data, error);
}

static int run_command(struct session *session, const struct arguments *arguments,
                       struct error *error)
{
    const struct command *command = arguments->command;
    int result = session_configure(session, arguments, error);

    if (result == 0 && (command->flags & (COMMAND_LOCAL | COMMAND_LOGS_IN)) == 0)
        result = settings_find_login(arguments, &session->settings, error);
    if (result == 0 && (command->flags & COMMAND_LOCAL) == 0)
        result = session_connect(session, error);
    if (result == 0)
        result = ask_first(session, arguments, error);
    return result == 0 ? command->run(session, arguments, error) : result;
}

/* Why it did not go well, on one line; with --json the server's problem goes to the output. */
static void report(struct session *session, int result, const struct error *error)
{
    CLEANUP(buffer_deinit) struct buffer line = {0};
    const struct answer *refusal = &session->refusal;
    json_t *problem = answer_json(refusal);

    if (error->text[0] != '\0') {
        terminal_say(&session->terminal, "slipctl: %s", error->text);
    } else if (result != 0 && refusal->status != 0) {
        if (session->settings.is_json && problem != NULL)
            session_print_json(session, refusal->body.data, refusal->body.length);
        problem_line_append(refusal, &line);
        if (!line.overflown)
            terminal_say(&session->terminal, "slipctl: %s", line.data);
    }
    json_decref(problem);
}

static int run(struct session *session, int argc, char **argv)
{
    struct arguments arguments;
    struct error error = {0};
    int result = arguments_parse(argc - 1, argv + 1, &arguments, &error);
    int written;

    if (result == 0 &&
        (arguments_have(&arguments, ARGUMENT_HELP) || arguments_have(&arguments, ARGUMENT_VERSION)))
        result = show_help(session, &arguments);
    else if (result == 0)
        result = run_command(session, &arguments, &error);
    if (result != 0)
        report(session, result, &error);
    written = session_flush(session, &error);
    if (written != 0)
        terminal_say(&session->terminal, "slipctl: %s", error.text);
    return result != 0 ? result : written;
}

int slipctl_run(int argc, char **argv, int in_fd, int out_fd, int err_fd)
{
    CLEANUP(session_deinit) struct session session;
    struct terminal terminal;

    text_init();
    terminal_init(&terminal, in_fd, out_fd, err_fd);
    session_init(&session, &terminal);
    if (sodium_init() >= 0 && !wiping_memory_install())
        return run(&session, argc, argv);
    terminal_say(&terminal, "slipctl: libsodium or libcurl can't be used.");
    return OUTCOME_REFUSED;
}
