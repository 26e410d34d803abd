#include "services/billing/providers/provider_canonical.h"

#include <stdlib.h>
#include <string.h>

enum { MEMBERS_MAX = 128 };

struct writer {
    struct buffer *text;
    enum provider_canonical_style style;
    bool too_many;
};

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* The character at *text, which is valid UTF-8, as jansson has checked. */
static unsigned next_character(const char **text)
{
    const unsigned char *at = (const unsigned char *)*text;
    const unsigned more = at[0] < 0xc0 ? 0 : at[0] < 0xe0 ? 1 : at[0] < 0xf0 ? 2 : 3;
    unsigned character = more == 0 ? at[0] : at[0] & (0x3fu >> more);

    for (unsigned i = 1; i <= more; ++i)
        character = character << 6 | (at[i] & 0x3fu);
    *text += more + 1;
    return character;
}

/* Both write these in the same way. */
static const char *short_escape(unsigned character)
{
    switch (character) {
    case '"': return "\\\"";
    case '\\': return "\\\\";
    case '\b': return "\\b";
    case '\f': return "\\f";
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    default: return NULL;
    }
}

static void append_utf16(struct buffer *text, unsigned character)
{
    if (character >= 0x10000) {
        buffer_append_format(text, "\\u%04x", 0xd7c0u + (character >> 10));
        character = 0xdc00u | (character & 0x3ffu);
    }
    buffer_append_format(text, "\\u%04x", character);
}

static void append_string(struct writer *writer, const char *text)
{
    const bool php = writer->style == PROVIDER_CANONICAL_PHP;

    buffer_append_text(writer->text, "\"");
    while (*text != '\0') {
        const char *start = text;
        const unsigned character = next_character(&text);
        const char *escape = php && character == '/' ? "\\/" : short_escape(character);

        if (escape != NULL)
            buffer_append_text(writer->text, escape);
        else if (character < ' ' || (php && character > 0x7f))
            append_utf16(writer->text, character);
        else
            buffer_append(writer->text, start, (size_t)(text - start));
    }
    buffer_append_text(writer->text, "\"");
}

static void append_value(struct writer *writer, json_t *value, bool sort);

static void append_array(struct writer *writer, json_t *array)
{
    buffer_append_text(writer->text, "[");
    for (size_t i = 0; i < json_array_size(array); ++i) {
        buffer_append_text(writer->text, i == 0 ? "" : ",");
        append_value(writer, json_array_get(array, i), writer->style == PROVIDER_CANONICAL_JS);
    }
    buffer_append_text(writer->text, "]");
}

static void append_object(struct writer *writer, json_t *object, bool sort)
{
    const char *names[MEMBERS_MAX];
    size_t count = 0;

    if (json_object_size(object) > MEMBERS_MAX) {
        writer->too_many = true;
        return;
    }
    for (void *at = json_object_iter(object); at != NULL; at = json_object_iter_next(object, at))
        names[count++] = json_object_iter_key(at);
    if (sort && count > 0)
        qsort(names, count, sizeof(names[0]), compare_names);
    buffer_append_text(writer->text, "{");
    for (size_t i = 0; i < count; ++i) {
        buffer_append_text(writer->text, i == 0 ? "" : ",");
        append_string(writer, names[i]);
        buffer_append_text(writer->text, ":");
        append_value(writer, json_object_get(object, names[i]),
                     writer->style == PROVIDER_CANONICAL_JS);
    }
    buffer_append_text(writer->text, "}");
}

/* Recursion is bounded by the parser. */
static void append_value(struct writer *writer, json_t *value,
                         bool sort) /* NOLINT(misc-no-recursion) */
{
    const char *text = json_string_value(value);

    if (text != NULL && text[0] == PROVIDER_JSON_NUMBER)
        buffer_append_text(writer->text, text + 1);
    else if (text != NULL)
        append_string(writer, text);
    else if (json_is_object(value))
        append_object(writer, value, sort);
    else if (json_is_array(value))
        append_array(writer, value);
    else
        buffer_append_text(writer->text, json_is_true(value)    ? "true"
                                         : json_is_false(value) ? "false"
                                                                : "null");
}

int provider_canonical_append(struct buffer *text, json_t *root,
                              enum provider_canonical_style style, struct error *error)
{
    struct writer writer = {.text = text, .style = style};

    append_value(&writer, root, true);
    if (writer.too_many || text->overflown)
        return error_set(error, FAULT_HARD, "JSON with too many members");
    return 0;
}
