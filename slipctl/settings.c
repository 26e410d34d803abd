#include "slipctl/settings.h"

#include "slipctl/config_file.h"
#include "slipctl/outcome.h"
#include "slipctl/signing.h"

#include <stdlib.h>
#include <string.h>

#define NOT_LOGGED_IN "You are not logged in: slipctl login asks for the key, or set SLIPWAY_KEY."

/* NULL: not set, or to nothing. */
static const char *environment(const char *name)
{
    const char *text = getenv(name);

    return text != NULL && text[0] != '\0' ? text : NULL;
}

static int read_signing_secret(struct settings *settings, struct error *error)
{
    const char *text = environment("SLIPWAY_SIGNING_SECRET");
    int result = 0;

    if (text != NULL && (secret_set(&settings->signing_secret, text, strlen(text)) ||
                         !signing_secret_is_valid(text)))
        result = outcome_set(error, OUTCOME_MISUSED,
                             "SLIPWAY_SIGNING_SECRET must be the 64 hex digits that were shown "
                             "with the key.");
    (void)unsetenv("SLIPWAY_SIGNING_SECRET");
    return result;
}

int settings_read_common(const struct arguments *arguments, struct settings *ret_settings,
                         struct error *error)
{
    *ret_settings = (struct settings){
        .user_id = arguments_number(arguments, ARGUMENT_USER, 0),
        .timeout_ms = arguments_number(arguments, ARGUMENT_TIMEOUT, 0) * 1000,
        .is_json = arguments_have(arguments, ARGUMENT_JSON),
        .is_verbose = arguments_have(arguments, ARGUMENT_VERBOSE),
        .allows_plain = arguments_have(arguments, ARGUMENT_INSECURE_HTTP),
        .ca_file = environment("SLIPWAY_CA_FILE"),
    };
    return read_signing_secret(ret_settings, error);
}

static int take_key(struct settings *settings, struct error *error)
{
    const char *text = environment("SLIPWAY_KEY");
    int result = 0;

    if (text != NULL &&
        (secret_set(&settings->key, text, strlen(text)) || !secret_is_api_key(text)))
        result = outcome_set(error, OUTCOME_LOGGED_OUT, "SLIPWAY_KEY is not a key.");
    (void)unsetenv("SLIPWAY_KEY");
    return result;
}

static int read_file(struct config_file *ret_config, struct error *error)
{
    char path[CONFIG_PATH_SIZE];
    int result = config_file_path(path, error);

    if (result == 0)
        result = config_file_read(path, ret_config, error);
    /* An absent file is an empty one. */
    return result < 0 ? (int)OUTCOME_LOGGED_OUT : 0;
}

/* A key belongs to the server it was stored with: no other may see it. */
static int use_stored_key(struct settings *settings, const struct config_file *config,
                          bool url_was_named, struct error *error)
{
    struct base_url stored;

    if (config->key.text[0] == '\0')
        return outcome_set(error, OUTCOME_LOGGED_OUT, NOT_LOGGED_IN);
    if (url_was_named && (base_url_parse(config->url, true, &stored, error) != 0 ||
                          strcmp(stored.text, settings->url.text) != 0))
        return outcome_set(error, OUTCOME_LOGGED_OUT,
                           "The stored key belongs to another server: log in to this one, or set "
                           "SLIPWAY_KEY.");
    settings->key = config->key;
    return 0;
}

static int find_url(const char *named, const struct config_file *config, struct settings *settings,
                    struct error *error)
{
    const char *text = named != NULL ? named : config->url;

    if (text[0] == '\0' && settings->key.text[0] != '\0')
        return outcome_set(error, OUTCOME_LOGGED_OUT,
                           "It is not known which Slipway the key is for: set SLIPWAY_URL.");
    if (text[0] == '\0')
        return outcome_set(error, OUTCOME_LOGGED_OUT, NOT_LOGGED_IN);
    if (base_url_parse(text, settings->allows_plain, &settings->url, error) != 0)
        return OUTCOME_MISUSED;
    return 0;
}

int settings_find_login(const struct arguments *arguments, struct settings *settings,
                        struct error *error)
{
    CLEANUP(config_file_deinit) struct config_file config = {0};
    const char *named = arguments_text(arguments, ARGUMENT_URL);
    int result = take_key(settings, error);

    if (named == NULL)
        named = environment("SLIPWAY_URL");
    if (result == 0 && (named == NULL || settings->key.text[0] == '\0'))
        result = read_file(&config, error);
    if (result == 0)
        result = find_url(named, &config, settings, error);
    if (result == 0 && settings->key.text[0] == '\0')
        result = use_stored_key(settings, &config, named != NULL, error);
    return result;
}

void settings_deinit(struct settings *settings)
{
    secret_wipe(&settings->key);
    secret_wipe(&settings->signing_secret);
}
