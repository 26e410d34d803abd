#include "lib/http/json_request.h"

#include <string.h>

enum { NESTING_MAX = 16 };

/* jansson recurses a level of nesting, so depth is checked before it sees the text. */
static bool nests_too_deep(const char *body, size_t length)
{
    size_t depth = 0;
    bool in_string = false;

    for (size_t i = 0; i < length; i++) {
        const char c = body[i];

        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > NESTING_MAX)
                return true;
        } else if ((c == '}' || c == ']') && depth > 0) {
            depth--;
        }
    }
    return false;
}

/* jansson's own text quotes the body, which may hold a secret. */
static const char *reason(const json_error_t *failure)
{
    /* An int, since the list below is not to name every error of the library's encoder as well. */
    const int code = (int)json_error_code(failure);

    switch (code) {
    case json_error_invalid_utf8: return "The text is not UTF-8";
    case json_error_premature_end_of_input: return "The text ends too early";
    case json_error_end_of_input_expected: return "Something follows the JSON value";
    case json_error_null_character:
    case json_error_null_byte_in_key: return "A text contains NUL";
    case json_error_duplicate_key: return "An object has two members of one name";
    case json_error_numeric_overflow: return "A number is out of range";
    default: return "The text is not JSON";
    }
}

int json_request_parse(const char *body, size_t length, json_t **ret_root, struct problem *problem)
{
    json_error_t failure;
    json_t *root;

    if (length == 0)
        return problem_set(problem, PROBLEM_INVALID_JSON, "The body is empty.");
    if (memchr(body, '\0', length) != NULL)
        return problem_set(problem, PROBLEM_INVALID_JSON, "The body contains NUL.");
    if (nests_too_deep(body, length))
        return problem_set(problem, PROBLEM_INVALID_JSON, "The body nests deeper than %d levels.",
                           NESTING_MAX);
    root = json_loadb(body, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &failure);
    if (root == NULL)
        return problem_set(problem, PROBLEM_INVALID_JSON, "%s (line %d, column %d).",
                           reason(&failure), failure.line, failure.column);
    if (!json_is_object(root)) {
        json_decref(root);
        return problem_add_field(problem, PROBLEM_INVALID_REQUEST, "wrong_type", "",
                                 "The body must be an object.");
    }
    *ret_root = root;
    return 0;
}
