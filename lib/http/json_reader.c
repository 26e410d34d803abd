#include "lib/http/json_request.h"

#include "lib/base/money.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Appends "/name" with "~" and "/" escaped (RFC 6901), cut to fit. */
static void member_pointer(const struct json_reader *reader, const char *name, char *ret_pointer,
                           size_t size)
{
    size_t length = (size_t)snprintf(ret_pointer, size, "%s/", reader->pointer);

    for (; *name != '\0' && length + 2 < size; name++) {
        if (*name == '~' || *name == '/') {
            ret_pointer[length++] = '~';
            ret_pointer[length++] = *name == '~' ? '0' : '1';
        } else {
            ret_pointer[length++] = *name;
        }
    }
    ret_pointer[length] = '\0';
}

/* A body of another shape than the contract's is told before values out of range: what is meant
 * can't be known then. */
static void refuse_shape(struct json_reader *reader, const char *pointer, const char *code,
                         const char *detail)
{
    (void)problem_add_field(reader->problem, PROBLEM_INVALID_REQUEST, code, pointer, "%s", detail);
    reader->problem->code = PROBLEM_INVALID_REQUEST;
}

static bool refuse_type(struct json_reader *reader, const char *name, const char *detail)
{
    char pointer[sizeof(((struct problem_field *)NULL)->pointer)];

    member_pointer(reader, name, pointer, sizeof(pointer));
    refuse_shape(reader, pointer, "wrong_type", detail);
    return false;
}

static bool refuse_value(struct json_reader *reader, const char *name, const char *code,
                         const char *detail)
{
    char pointer[sizeof(((struct problem_field *)NULL)->pointer)];

    member_pointer(reader, name, pointer, sizeof(pointer));
    (void)problem_add_field(reader->problem, PROBLEM_VALIDATION_FAILED, code, pointer, "%s",
                            detail);
    return false;
}

static bool refuse_range(struct json_reader *reader, const char *name, int64_t minimum,
                         int64_t maximum)
{
    char detail[96];

    (void)snprintf(detail, sizeof(detail), "Must be %" PRId64 " to %" PRId64 ".", minimum, maximum);
    return refuse_value(reader, name, "out_of_range", detail);
}

void json_reader_init(struct json_reader *reader, const json_t *object, const char *pointer,
                      struct problem *problem)
{
    *reader = (struct json_reader){.problem = problem};
    (void)snprintf(reader->pointer, sizeof(reader->pointer), "%s", pointer);
    if (json_is_object(object))
        reader->object = object;
    else
        refuse_shape(reader, reader->pointer, "wrong_type", "Must be an object.");
}

static void remember(struct json_reader *reader, const char *name)
{
    for (size_t i = 0; i < reader->known_count; i++) {
        if (strcmp(reader->known[i], name) == 0)
            return;
    }
    assert(reader->known_count < ARRAY_LENGTH(reader->known));
    reader->known[reader->known_count++] = name;
}

bool json_reader_has(struct json_reader *reader, const char *name)
{
    const json_t *value;

    remember(reader, name);
    value = json_object_get(reader->object, name);
    return value != NULL && !json_is_null(value);
}

/* NULL: missing, which has been told. */
static const json_t *required(struct json_reader *reader, const char *name)
{
    if (json_reader_has(reader, name))
        return json_object_get(reader->object, name);
    if (reader->object != NULL)
        (void)refuse_value(reader, name, "required", "Must be given.");
    return NULL;
}

bool json_reader_text(struct json_reader *reader, const char *name, size_t longest,
                      const char **ret_text)
{
    const json_t *value = required(reader, name);
    char detail[96];

    if (value == NULL)
        return false;
    if (!json_is_string(value))
        return refuse_type(reader, name, "Must be a string.");
    if (json_string_length(value) == 0 || json_string_length(value) > longest) {
        (void)snprintf(detail, sizeof(detail), "Must be 1 to %zu bytes long.", longest);
        return refuse_value(reader, name, "out_of_range", detail);
    }
    *ret_text = json_string_value(value);
    return true;
}

bool json_reader_integer(struct json_reader *reader, const char *name, int64_t minimum,
                         int64_t maximum, int64_t *ret_number)
{
    const json_t *value = required(reader, name);

    if (value == NULL)
        return false;
    if (!json_is_integer(value))
        return refuse_type(reader, name, "Must be an integer.");
    if (json_integer_value(value) < minimum || json_integer_value(value) > maximum)
        return refuse_range(reader, name, minimum, maximum);
    *ret_number = json_integer_value(value);
    return true;
}

bool json_reader_bool(struct json_reader *reader, const char *name, bool *ret_value)
{
    const json_t *value = required(reader, name);

    if (value == NULL)
        return false;
    if (!json_is_boolean(value))
        return refuse_type(reader, name, "Must be true or false.");
    *ret_value = json_is_true(value);
    return true;
}

bool json_reader_money(struct json_reader *reader, const char *name, int64_t minimum_cents,
                       int64_t maximum_cents, int64_t *ret_cents)
{
    const json_t *value = required(reader, name);
    int64_t cents;
    char minimum[MONEY_TEXT_SIZE];
    char maximum[MONEY_TEXT_SIZE];
    char detail[96];

    if (value == NULL)
        return false;
    if (!json_is_string(value) || money_parse(json_string_value(value), &cents))
        return refuse_type(reader, name, "Must be a string like \"28.61\".");
    if (cents < minimum_cents || cents > maximum_cents) {
        (void)snprintf(detail, sizeof(detail), "Must be %s to %s.",
                       money_format(minimum_cents, minimum), money_format(maximum_cents, maximum));
        return refuse_value(reader, name, "out_of_range", detail);
    }
    *ret_cents = cents;
    return true;
}

bool json_reader_array(struct json_reader *reader, const char *name, size_t longest,
                       const json_t **ret_array)
{
    const json_t *value = required(reader, name);
    char detail[96];

    if (value == NULL)
        return false;
    if (!json_is_array(value))
        return refuse_type(reader, name, "Must be an array.");
    if (json_array_size(value) == 0)
        return refuse_value(reader, name, "out_of_range", "Must not be empty.");
    if (json_array_size(value) > longest) {
        (void)snprintf(detail, sizeof(detail), "Must hold at most %zu items.", longest);
        return refuse_value(reader, name, "too_many_items", detail);
    }
    *ret_array = value;
    return true;
}

static bool is_known(const struct json_reader *reader, const char *name)
{
    for (size_t i = 0; i < reader->known_count; i++) {
        if (strcmp(reader->known[i], name) == 0)
            return true;
    }
    return false;
}

/* jansson walks only what is not const, but does not change it. */
static json_t *walkable(const json_t *object)
{
    union {
        const json_t *given;
        json_t *walked;
    } pointer = {.given = object};

    return pointer.walked;
}

void json_reader_finish(struct json_reader *reader)
{
    char pointer[sizeof(((struct problem_field *)NULL)->pointer)];
    json_t *object = walkable(reader->object);

    for (void *at = json_object_iter(object); at != NULL; at = json_object_iter_next(object, at)) {
        const char *name = json_object_iter_key(at);

        if (is_known(reader, name))
            continue;
        member_pointer(reader, name, pointer, sizeof(pointer));
        refuse_shape(reader, pointer, "unknown_member", "There is no such member.");
    }
}
