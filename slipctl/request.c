#include "slipctl/request.h"

#include "slipctl/base_url.h"

#include "lib/base/money.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

/* "{ID}": the argument of that name. */
static enum argument_id argument_in_braces(const char *open, const char *close)
{
    char name[32] = "";

    assert((size_t)(close - open - 1) < sizeof(name));
    memcpy(name, open + 1, (size_t)(close - open - 1));
    return argument_find(name);
}

static void append_filled(const char *pattern, const struct arguments *arguments,
                          void (*append)(struct buffer *out, const char *text), struct buffer *out)
{
    const char *open;

    while ((open = strchr(pattern, '{')) != NULL) {
        const char *close = strchr(open, '}');
        const char *text = arguments_text(arguments, argument_in_braces(open, close));

        assert(text != NULL);
        buffer_append(out, pattern, (size_t)(open - pattern));
        append(out, text);
        pattern = close + 1;
    }
    buffer_append_text(out, pattern);
}

static void append_parameter(struct buffer *out, char *separator, const char *name,
                             const char *text)
{
    buffer_append(out, separator, 1);
    buffer_append_text(out, name);
    buffer_append_text(out, "=");
    base_url_append_encoded(out, text);
    *separator = '&';
}

static bool names_user_in_body(const struct command *command)
{
    for (const struct command_field *field = command->request.body; field->name != NULL; ++field)
        if (field->argument == ARGUMENT_USER)
            return true;
    return false;
}

void request_append_path(const struct command *command, const struct arguments *arguments,
                         struct buffer *out)
{
    char separator = '?';

    append_filled(command->request.path, arguments, base_url_append_encoded, out);
    for (const struct command_field *field = command->request.query; field->name != NULL; ++field)
        if (arguments_have(arguments, field->argument))
            append_parameter(out, &separator, field->name,
                             arguments_text(arguments, field->argument));
    if (arguments_have(arguments, ARGUMENT_USER) && !names_user_in_body(command))
        append_parameter(out, &separator, "user_id", arguments_text(arguments, ARGUMENT_USER));
}

/* "vps:read,vps:buy" → ["vps:read","vps:buy"] */
static void append_list(struct buffer *out, const char *text)
{
    buffer_append_text(out, "[\"");
    for (; *text != '\0'; ++text)
        if (*text == ',')
            buffer_append_text(out, "\",\"");
        else
            buffer_append_json_escaped(out, (const char[]){*text, '\0'});
    buffer_append_text(out, "\"]");
}

static void append_value(struct buffer *out, const struct arguments *arguments, enum argument_id id)
{
    const struct argument_value *value = &arguments->values[id];
    char money[MONEY_TEXT_SIZE];

    switch (argument_of(id)->type) {
    case ARGUMENT_NUMBER: buffer_append_format(out, "%" PRId64, value->number); return;
    case ARGUMENT_MONEY:
        buffer_append_format(out, "\"%s\"", money_format(value->number, money));
        return;
    case ARGUMENT_SWITCH: buffer_append_text(out, "true"); return;
    case ARGUMENT_TEXT:
    case ARGUMENT_TIME:
    case ARGUMENT_WORD: break;
    }
    if (id == ARGUMENT_SCOPES) {
        append_list(out, value->text);
        return;
    }
    buffer_append_text(out, "\"");
    buffer_append_json_escaped(out, value->text);
    buffer_append_text(out, "\"");
}

void request_append_body(const struct command *command, const struct arguments *arguments,
                         struct buffer *out)
{
    char separator = '{';

    if (command->request.body[0].name == NULL)
        return;
    for (const struct command_field *field = command->request.body; field->name != NULL; ++field) {
        if (field->literal == NULL && !arguments_have(arguments, field->argument))
            continue;
        buffer_append_format(out, "%c\"%s\":", separator, field->name);
        if (field->literal != NULL)
            buffer_append_text(out, field->literal);
        else
            append_value(out, arguments, field->argument);
        separator = ',';
    }
    buffer_append_text(out, separator == '{' ? "{}" : "}");
}

void request_append_question(const struct command *command, const struct arguments *arguments,
                             struct buffer *out)
{
    append_filled(command->question, arguments, buffer_append_text, out);
}
