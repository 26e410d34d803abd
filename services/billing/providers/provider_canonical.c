#include "services/billing/providers/provider_canonical.h"

#include <stdlib.h>
#include <string.h>

enum { MEMBERS_MAX = 128 };

/* An object or an array that is being written. */
struct frame {
    json_t *container;
    /* Of an object, in the order in which they are written. */
    const char *names[MEMBERS_MAX];
    size_t count, next;
};

struct writer {
    struct buffer *text;
    enum provider_canonical_style style;
    struct frame frames[PROVIDER_JSON_NESTING_MAX];
    size_t depth;
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

static const char *word_of(const json_t *value)
{
    if (json_is_true(value))
        return "true";
    return json_is_false(value) ? "false" : "null";
}

static void append_scalar(struct writer *writer, const json_t *value)
{
    const char *text = json_string_value(value);

    if (text == NULL)
        buffer_append_text(writer->text, word_of(value));
    else if (text[0] == PROVIDER_JSON_NUMBER)
        buffer_append_text(writer->text, text + 1);
    else
        append_string(writer, text);
}

/* True when it has too many members, or the parser let too many levels through. */
static bool enter(struct writer *writer, json_t *container)
{
    const bool sort = writer->style == PROVIDER_CANONICAL_JS || writer->depth == 0;
    struct frame *frame = &writer->frames[writer->depth];
    size_t count = 0;

    if (writer->depth == ARRAY_LENGTH(writer->frames) || json_object_size(container) > MEMBERS_MAX)
        return true;
    for (void *at = json_object_iter(container); at != NULL;
         at = json_object_iter_next(container, at))
        frame->names[count++] = json_object_iter_key(at);
    if (sort && count > 0)
        qsort(frame->names, count, sizeof(frame->names[0]), compare_names);
    frame->container = container;
    frame->count = json_is_object(container) ? count : json_array_size(container);
    frame->next = 0;
    ++writer->depth;
    buffer_append_text(writer->text, json_is_object(container) ? "{" : "[");
    return false;
}

/* The next member of the innermost container, or its end. True as above. */
static bool step(struct writer *writer)
{
    struct frame *frame = &writer->frames[writer->depth - 1];
    const bool is_object = json_is_object(frame->container);
    json_t *value;

    if (frame->next == frame->count) {
        buffer_append_text(writer->text, is_object ? "}" : "]");
        --writer->depth;
        return false;
    }
    buffer_append_text(writer->text, frame->next == 0 ? "" : ",");
    if (is_object) {
        append_string(writer, frame->names[frame->next]);
        buffer_append_text(writer->text, ":");
        value = json_object_get(frame->container, frame->names[frame->next]);
    } else {
        value = json_array_get(frame->container, frame->next);
    }
    ++frame->next;
    if (json_is_object(value) || json_is_array(value))
        return enter(writer, value);
    append_scalar(writer, value);
    return false;
}

int provider_canonical_append(struct buffer *text, json_t *root,
                              enum provider_canonical_style style, struct error *error)
{
    struct writer writer = {.text = text, .style = style};
    bool has_failed = enter(&writer, root);

    while (!has_failed && writer.depth > 0)
        has_failed = step(&writer);
    if (has_failed || text->overflown)
        return error_set(error, FAULT_HARD, "JSON with too many members");
    return 0;
}
