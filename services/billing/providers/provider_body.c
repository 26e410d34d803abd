#include "services/billing/providers/provider_body.h"

#include <inttypes.h>

static void append_name(struct buffer *body, const char *name)
{
    const bool first = body->length == 0 || body->data[body->length - 1] == '{';

    buffer_append_format(body, "%s\"%s\":", first ? "" : ",", name);
}

void provider_body_begin(struct buffer *body)
{
    buffer_append_text(body, "{");
}

void provider_body_add_text(struct buffer *body, const char *name, const char *text)
{
    append_name(body, name);
    buffer_append_text(body, "\"");
    buffer_append_json_escaped(body, text);
    buffer_append_text(body, "\"");
}

void provider_body_add_optional(struct buffer *body, const char *name, const char *text)
{
    if (text[0] != '\0')
        provider_body_add_text(body, name, text);
}

void provider_body_add_integer(struct buffer *body, const char *name, int64_t number)
{
    append_name(body, name);
    buffer_append_format(body, "%" PRId64, number);
}

void provider_body_add_json(struct buffer *body, const char *name, const char *json)
{
    append_name(body, name);
    buffer_append_text(body, json);
}

void provider_body_begin_object(struct buffer *body, const char *name)
{
    append_name(body, name);
    buffer_append_text(body, "{");
}

void provider_body_end(struct buffer *body)
{
    buffer_append_text(body, "}");
}

void provider_body_add_deposit(struct buffer *body, const char *name, const char *reference)
{
    append_name(body, name);
    buffer_append_text(body, "\"Deposit ");
    buffer_append_json_escaped(body, reference);
    buffer_append_text(body, "\"");
}

int64_t provider_body_lifetime(int64_t asked, int64_t longest)
{
    if (asked < 1)
        return 1;
    return asked < longest ? asked : longest;
}
