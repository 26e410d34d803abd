#include "slipctl/call.h"
#include "slipctl/config_file.h"
#include "slipctl/handlers.h"
#include "slipctl/prompt.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- login ---- */

/* Named on the command line or in the environment, else asked for. */
static int find_url(struct session *session, const struct arguments *arguments, struct error *error)
{
    const char *named = arguments_text(arguments, ARGUMENT_URL);
    char typed[BASE_URL_SIZE];

    if (named == NULL)
        named = getenv("SLIPWAY_URL");
    if (named == NULL || named[0] == '\0') {
        if (session->terminal.in_is_tty)
            (void)!terminal_write(session->terminal.err_fd, "URL: ", 5);
        if (prompt_read_line(session->terminal.in_fd, typed, sizeof(typed), error) != 0)
            return OUTCOME_MISUSED;
        named = typed;
    }
    return base_url_parse(named, session->settings.allows_plain, &session->settings.url, error) == 0
               ? 0
               : (int)OUTCOME_MISUSED;
}

static int find_key(struct session *session, struct error *error)
{
    struct secret *key = &session->settings.key;

    if (prompt_read_secret(&session->terminal, "Key: ", key, error) != 0)
        return OUTCOME_MISUSED;
    if (secret_is_api_key(key->text))
        return 0;
    return outcome_set(error, OUTCOME_LOGGED_OUT,
                       "That is no key: one is %s and 32 letters or digits.", SECRET_KEY_PREFIX);
}

static int store(const struct session *session, struct error *error)
{
    CLEANUP(config_file_deinit) struct config_file config = {.key = session->settings.key};
    char path[CONFIG_PATH_SIZE];

    (void)snprintf(config.url, sizeof(config.url), "%s", session->settings.url.text);
    if (config_file_path(path, error) != 0 || config_file_write(path, &config, error) != 0)
        return OUTCOME_REFUSED;
    terminal_say(&session->terminal, "Logged in; kept in %s.", path);
    return 0;
}

int run_login(struct session *session, const struct arguments *arguments, struct error *error)
{
    CLEANUP(answer_deinit) struct answer answer;
    int result = find_url(session, arguments, error);

    answer_init(&answer);
    if (result == 0)
        result = find_key(session, error);
    if (result == 0)
        result = run_send(session, arguments, &answer, error);
    if (result == 0)
        result = store(session, error);
    return result == 0 ? session_print_answer(session, &answer, arguments->command->views, error)
                       : result;
}

/* ---- balance ---- */

/* Who the key belongs to. */
static int find_user(struct session *session, int64_t *ret_user_id, struct error *error)
{
    const struct call call = {.method = "GET", .path = "/users/me"};
    CLEANUP(answer_deinit) struct answer answer;
    json_t *me;
    int result;

    answer_init(&answer);
    result = call_send(session, &call, &answer, error);
    if (result != 0)
        return result;
    me = answer_json(&answer);
    *ret_user_id = json_integer_value(view_member(me, "user/id"));
    json_decref(me);
    return *ret_user_id > 0 ? 0
                            : outcome_set(error, OUTCOME_MISUSED,
                                          "This key is nobody's: name the user by --user.");
}

int run_balance(struct session *session, const struct arguments *arguments, struct error *error)
{
    CLEANUP(answer_deinit) struct answer answer;
    char path[64];
    const struct call call = {.method = "GET", .path = path};
    int64_t user_id = session->settings.user_id;
    int result = user_id != 0 ? 0 : find_user(session, &user_id, error);

    answer_init(&answer);
    (void)snprintf(path, sizeof(path), "/users/%" PRId64 "/balance", user_id);
    if (result == 0)
        result = call_send(session, &call, &answer, error);
    return result == 0 ? session_print_answer(session, &answer, arguments->command->views, error)
                       : result;
}
