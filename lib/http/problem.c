#include "lib/http/problem.h"

#include "lib/base/money.h"
#include "lib/http/text_utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { FIRST_FIELDS = 8 };

void problem_deinit(struct problem *problem)
{
    free(problem->fields);
    *problem = (struct problem){0};
}

static void copy_text(char *target, size_t size, const char *text)
{
    (void)snprintf(target, size, "%s", text);
    text_make_utf8(target);
}

int problem_set(struct problem *problem, enum problem_code code, const char *format, ...)
{
    va_list arguments;

    problem->code = code;
    va_start(arguments, format);
    (void)vsnprintf(problem->detail, sizeof(problem->detail), format, arguments);
    va_end(arguments);
    text_make_utf8(problem->detail);
    return (int)code;
}

/* NULL: full, or no memory; the problem is then told with fewer entries. */
static struct problem_field *next_field(struct problem *problem)
{
    const size_t count = problem->field_count;
    const bool is_full = count >= FIRST_FIELDS && (count & (count - 1)) == 0;
    struct problem_field *fields;

    if (count == PROBLEM_FIELDS_MAX)
        return NULL;
    if (count == 0 || is_full) {
        const size_t capacity = count == 0 ? FIRST_FIELDS : 2 * count;

        fields = reallocarray(problem->fields, capacity, sizeof(*fields));
        if (fields == NULL)
            return NULL;
        problem->fields = fields;
    }
    return &problem->fields[problem->field_count++];
}

int problem_add_field(struct problem *problem, enum problem_code code, const char *field_code,
                      const char *pointer, const char *format, ...)
{
    struct problem_field *field = next_field(problem);
    va_list arguments;

    if (problem->code == PROBLEM_NONE)
        problem->code = code;
    if (field == NULL)
        return (int)problem->code;
    copy_text(field->pointer, sizeof(field->pointer), pointer);
    copy_text(field->code, sizeof(field->code), field_code);
    va_start(arguments, format);
    (void)vsnprintf(field->detail, sizeof(field->detail), format, arguments);
    va_end(arguments);
    text_make_utf8(field->detail);
    return (int)problem->code;
}

static void append_member(struct buffer *body, const char *name, const char *value)
{
    buffer_append_format(body, "\"%s\":\"", name);
    buffer_append_json_escaped(body, value);
    buffer_append_text(body, "\"");
}

static void append_money(struct buffer *body, const char *name, int64_t cents)
{
    char text[MONEY_TEXT_SIZE];

    buffer_append_format(body, ",\"%s\":\"%s\"", name, money_format(cents, text));
}

static void append_shortfall(struct buffer *body, const struct problem *problem)
{
    int64_t shortfall_cents;

    if (__builtin_sub_overflow(problem->required_cents, problem->balance_cents, &shortfall_cents))
        shortfall_cents = INT64_MAX;
    append_money(body, "required_usd", problem->required_cents);
    append_money(body, "balance_usd", problem->balance_cents);
    append_money(body, "shortfall_usd", shortfall_cents);
}

static void append_fields(struct buffer *body, const struct problem *problem)
{
    buffer_append_text(body, ",\"errors\":[");
    for (size_t i = 0; i < problem->field_count; i++) {
        buffer_append_text(body, i == 0 ? "{" : ",{");
        append_member(body, "pointer", problem->fields[i].pointer);
        buffer_append_text(body, ",");
        append_member(body, "code", problem->fields[i].code);
        buffer_append_text(body, ",");
        append_member(body, "detail", problem->fields[i].detail);
        buffer_append_text(body, "}");
    }
    buffer_append_text(body, "]");
}

static const char *detail_of(const struct problem *problem)
{
    if (problem->detail[0] != '\0')
        return problem->detail;
    return problem->field_count > 0 ? "The request is refused for the reasons in errors."
                                    : problem_title(problem->code);
}

void problem_render(const struct problem *problem, const char *request_id, struct buffer *ret_body)
{
    const char *name = problem_name(problem->code);

    buffer_append_format(ret_body, "{\"type\":\"/hosting/api/v1/docs/errors#%s\",", name);
    append_member(ret_body, "title", problem_title(problem->code));
    buffer_append_format(ret_body, ",\"status\":%u,", problem_status(problem->code));
    append_member(ret_body, "detail", detail_of(problem));
    buffer_append_format(ret_body, ",\"code\":\"%s\",", name);
    append_member(ret_body, "request_id", request_id);
    if (problem->code == PROBLEM_INSUFFICIENT_FUNDS)
        append_shortfall(ret_body, problem);
    if (problem->field_count > 0)
        append_fields(ret_body, problem);
    buffer_append_text(ret_body, "}");
}
