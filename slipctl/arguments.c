#include "slipctl/arguments.h"

#include "slipctl/command.h"
#include "slipctl/outcome.h"
#include "slipctl/secret.h"
#include "slipctl/text.h"

#include "lib/base/clock.h"
#include "lib/base/encoding.h"
#include "lib/base/money.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What reading has come to. */
struct reader {
    int argc;
    char *const *argv;
    int at;
    /* The first word of a command of two. */
    const char *group;
    const char *positionals[ARGUMENT_POSITIONS_MAX];
    size_t positional_count;
    struct arguments *arguments;
    struct error *error;
};

#define MISUSED(reader, ...) outcome_set((reader)->error, OUTCOME_MISUSED, __VA_ARGS__)

/* Others see the words of a command line, in `ps` and in the shell's history. */
static int refuse_keys(const struct reader *reader)
{
    for (int i = 0; i < reader->argc; ++i)
        if (strstr(reader->argv[i], SECRET_KEY_PREFIX) != NULL ||
            strncmp(reader->argv[i], "--key", 5) == 0)
            return MISUSED(reader,
                           "A key is never given on the command line, where others can see it: use "
                           "slipctl login, or SLIPWAY_KEY. One that was given is to be revoked.");
    return 0;
}

static bool is_number_in(const struct argument *argument, const char *text, int64_t *ret_number)
{
    const bool is_broken = argument->type == ARGUMENT_MONEY ? money_parse(text, ret_number)
                                                            : decimal_parse_i64(text, ret_number);

    return !is_broken && *ret_number >= argument->minimum && *ret_number <= argument->maximum;
}

static bool is_word_of(const char *words, const char *text)
{
    const size_t length = strchr(text, ' ') == NULL ? strlen(text) : 0;

    for (const char *at = words; length > 0 && (at = strstr(at, text)) != NULL; at += length)
        if ((at == words || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
            return true;
    return false;
}

static bool is_text_in(const struct argument *argument, const char *text)
{
    const size_t length = strlen(text);

    return length > 0 && (int64_t)length >= argument->minimum &&
           (int64_t)length <= argument->maximum && text_is_safe(text);
}

static int refuse_value(const struct reader *reader, const struct argument *argument)
{
    char low[MONEY_TEXT_SIZE];
    char high[MONEY_TEXT_SIZE];

    switch (argument->type) {
    case ARGUMENT_NUMBER:
        return argument->maximum == INT64_MAX
                   ? MISUSED(reader, "%s must be a whole number.", argument->name)
                   : MISUSED(reader, "%s must be a whole number from %" PRId64 " to %" PRId64 ".",
                             argument->name, argument->minimum, argument->maximum);
    case ARGUMENT_MONEY:
        return MISUSED(reader, "%s must be dollars from %s to %s, such as 50.00.", argument->name,
                       money_format(argument->minimum, low), money_format(argument->maximum, high));
    case ARGUMENT_TIME:
        return MISUSED(reader, "%s must be a time such as 2026-09-09T12:00:00Z.", argument->name);
    case ARGUMENT_WORD:
        return MISUSED(reader, "%s must be one of: %s.", argument->name, argument->words);
    case ARGUMENT_TEXT:
    case ARGUMENT_SWITCH: break;
    }
    return MISUSED(reader, "%s must be %" PRId64 " to %" PRId64 " bytes of plain text.",
                   argument->name, argument->minimum > 0 ? argument->minimum : 1,
                   argument->maximum);
}

static bool fits(const struct argument *argument, const char *text, int64_t *ret_number)
{
    int64_t time_us;

    switch (argument->type) {
    case ARGUMENT_NUMBER:
    case ARGUMENT_MONEY: return is_number_in(argument, text, ret_number);
    case ARGUMENT_TIME: return !clock_parse(text, &time_us);
    case ARGUMENT_WORD: return is_word_of(argument->words, text);
    case ARGUMENT_TEXT: return is_text_in(argument, text);
    case ARGUMENT_SWITCH: break;
    }
    return true;
}

static int set_value(const struct reader *reader, enum argument_id id, const char *text)
{
    const struct argument *argument = argument_of(id);
    struct argument_value *value = &reader->arguments->values[id];
    int64_t number = 0;

    if (value->text != NULL)
        return MISUSED(reader, "%s is given twice.", argument->name);
    if (!fits(argument, text, &number))
        return refuse_value(reader, argument);
    *value = (struct argument_value){text, number};
    return 0;
}

/* "--months 3" or "--months=3". */
static int read_option(struct reader *reader, const char *word)
{
    const char *equals = strchr(word, '=');
    char name[32] = "";
    enum argument_id id = ARGUMENT_NONE;
    const size_t length = equals != NULL ? (size_t)(equals - word) : strlen(word);

    if (length < sizeof(name)) {
        (void)snprintf(name, sizeof(name), "%.*s", (int)length, word);
        id = argument_find(strcmp(word, "-h") == 0 ? "--help" : name);
    }
    if (id == ARGUMENT_NONE)
        return MISUSED(reader, "There is no option %s.", name);
    if (argument_of(id)->value == NULL)
        return equals == NULL ? set_value(reader, id, word)
                              : MISUSED(reader, "%s takes no value.", name);
    if (equals != NULL)
        return set_value(reader, id, equals + 1);
    if (reader->at == reader->argc)
        return MISUSED(reader, "%s needs a value.", name);
    return set_value(reader, id, reader->argv[reader->at++]);
}

/* The command's name, of one word or two; then what stands in its places. */
static int read_word(struct reader *reader, const char *word)
{
    if (reader->arguments->command != NULL) {
        if (reader->positional_count == ARGUMENT_POSITIONS_MAX)
            return MISUSED(reader, "There are too many words.");
        reader->positionals[reader->positional_count++] = word;
        return 0;
    }
    if (reader->group == NULL && command_is_group(word)) {
        reader->group = word;
        return 0;
    }
    reader->arguments->command = command_find(reader->group, word);
    return reader->arguments->command != NULL
               ? 0
               : MISUSED(reader, "There is no command %s%s%.40s; slipctl --help lists them.",
                         reader->group != NULL ? reader->group : "",
                         reader->group != NULL ? " " : "", word);
}

/* "-5.00" is an amount. */
static bool is_option(const char *word)
{
    return word[0] == '-' && word[1] != '\0' && (word[1] < '0' || word[1] > '9');
}

static void take_rest(struct reader *reader)
{
    reader->arguments->values[ARGUMENT_REST].text = "--";
    reader->arguments->rest = reader->argv + reader->at;
    reader->arguments->rest_count = (size_t)(reader->argc - reader->at);
    reader->at = reader->argc;
}

static int read_words(struct reader *reader)
{
    int result = 0;

    while (result == 0 && reader->at < reader->argc) {
        const char *word = reader->argv[reader->at++];

        if (strcmp(word, "--") == 0)
            take_rest(reader);
        else
            result = is_option(word) ? read_option(reader, word) : read_word(reader, word);
    }
    return result;
}

static int place_positionals(const struct reader *reader)
{
    const struct command *command = reader->arguments->command;
    size_t used = 0;
    int result = 0;

    for (size_t i = 0; command->required[i] != ARGUMENT_NONE && result == 0; ++i)
        if (argument_of(command->required[i])->place == ARGUMENT_POSITIONAL &&
            used < reader->positional_count)
            result = set_value(reader, command->required[i], reader->positionals[used++]);
    if (result == 0 && used < reader->positional_count)
        return MISUSED(reader, "There are too many words for %s.", command->name);
    return result;
}

static int check_required(const struct reader *reader)
{
    const struct command *command = reader->arguments->command;

    for (size_t i = 0; command->required[i] != ARGUMENT_NONE; ++i)
        if (!arguments_have(reader->arguments, command->required[i]))
            return MISUSED(reader, "%s needs %s; slipctl %s --help says more.", command->name,
                           argument_of(command->required[i])->name, command->name);
    return 0;
}

/* An option that is silently without effect would be taken for one that has it. */
static int check_allowed(const struct reader *reader)
{
    const struct command *command = reader->arguments->command;

    for (size_t id = ARGUMENT_NONE + 1; id < ARGUMENT_ID_COUNT; ++id)
        if (reader->arguments->values[id].text != NULL &&
            !command_takes(command, (enum argument_id)id))
            return MISUSED(reader, "%s does not go with %s.",
                           id == ARGUMENT_REST ? "--" : argument_of((enum argument_id)id)->name,
                           command->name);
    return 0;
}

int arguments_parse(int argc, char *const *argv, struct arguments *ret_arguments,
                    struct error *error)
{
    struct reader reader = {
        .argc = argc,
        .argv = argv,
        .arguments = ret_arguments,
        .error = error,
    };
    int result;

    *ret_arguments = (struct arguments){0};
    result = refuse_keys(&reader);
    if (result == 0)
        result = read_words(&reader);
    if (result != 0 || arguments_have(ret_arguments, ARGUMENT_HELP) ||
        arguments_have(ret_arguments, ARGUMENT_VERSION))
        return result;
    if (ret_arguments->command == NULL)
        return MISUSED(&reader, "Name a command; slipctl --help lists them.");
    result = place_positionals(&reader);
    if (result == 0)
        result = check_allowed(&reader);
    return result == 0 ? check_required(&reader) : result;
}

bool arguments_have(const struct arguments *arguments, enum argument_id id)
{
    return arguments->values[id].text != NULL;
}

const char *arguments_text(const struct arguments *arguments, enum argument_id id)
{
    return arguments->values[id].text;
}

int64_t arguments_number(const struct arguments *arguments, enum argument_id id, int64_t fallback)
{
    return arguments_have(arguments, id) ? arguments->values[id].number : fallback;
}
