#include "slipctl/problem_line.h"

#include "slipctl/text.h"

enum { FIELDS_SHOWN_MAX = 20 };

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text != NULL ? text : "";
}

/* "; /items/0/plan_code: unknown_plan: There is no such plan." */
static void append_fields(const json_t *fields, struct buffer *out)
{
    for (size_t i = 0; i < json_array_size(fields) && i < FIELDS_SHOWN_MAX; ++i) {
        const json_t *field = json_array_get(fields, i);

        buffer_append_text(out, " ");
        text_append_safe(out, text_of(field, "pointer"));
        buffer_append_text(out, ": ");
        text_append_safe(out, text_of(field, "code"));
        buffer_append_text(out, ": ");
        text_append_safe(out, text_of(field, "detail"));
    }
    if (json_array_size(fields) > FIELDS_SHOWN_MAX)
        buffer_append_format(out, " and %zu more", json_array_size(fields) - FIELDS_SHOWN_MAX);
}

static void append_problem(const json_t *problem, struct buffer *out)
{
    const char *detail = text_of(problem, "detail");

    text_append_safe(out, text_of(problem, "code"));
    buffer_append_text(out, ": ");
    text_append_safe(out, detail[0] != '\0' ? detail : text_of(problem, "title"));
    append_fields(json_object_get(problem, "errors"), out);
}

void problem_line_append(const struct answer *answer, struct buffer *out)
{
    json_t *problem = answer_json(answer);
    const char *request_id = text_of(problem, "request_id");

    if (text_of(problem, "code")[0] != '\0') {
        append_problem(problem, out);
    } else {
        buffer_append_text(out, "The server answered ");
        text_append_safe(out, answer->content_type[0] != '\0' ? answer->content_type : "nothing");
    }
    if (request_id[0] == '\0')
        request_id = answer->request_id;
    buffer_append_format(out, " (%u", answer->status);
    if (request_id[0] != '\0') {
        buffer_append_text(out, ", request ");
        text_append_safe(out, request_id);
    }
    buffer_append_text(out, ")");
    json_decref(problem);
}
