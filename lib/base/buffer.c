#include "lib/base/buffer.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    SMALLEST_CAPACITY = 128,
    USUAL_LIMIT = 16 * 1024 * 1024,
};

static void forget(struct buffer *buffer)
{
    *buffer = (struct buffer){.limit = buffer->limit, .is_secret = buffer->is_secret};
}

void buffer_deinit(struct buffer *buffer)
{
    if (buffer->is_secret && buffer->data != NULL)
        sodium_memzero(buffer->data, buffer->capacity);
    free(buffer->data);
    forget(buffer);
}

void buffer_reset(struct buffer *buffer)
{
    buffer->length = 0;
    buffer->overflown = false;
}

/* realloc() would leave a copy behind. */
static char *grow_secret(struct buffer *buffer, size_t capacity)
{
    char *data = malloc(capacity);

    if (data == NULL || buffer->data == NULL)
        return data;
    memcpy(data, buffer->data, buffer->length);
    sodium_memzero(buffer->data, buffer->capacity);
    free(buffer->data);
    return data;
}

static bool reserve(struct buffer *buffer, size_t more)
{
    const size_t limit = buffer->limit != 0 ? buffer->limit : USUAL_LIMIT;
    size_t capacity = buffer->capacity != 0 ? buffer->capacity : SMALLEST_CAPACITY;
    char *data;

    if (buffer->overflown || more > limit || buffer->length > limit - more) {
        buffer->overflown = true;
        return false;
    }
    while (capacity < buffer->length + more + 1)
        capacity *= 2;
    if (capacity == buffer->capacity)
        return true;
    data = buffer->is_secret ? grow_secret(buffer, capacity) : realloc(buffer->data, capacity);
    if (data == NULL) {
        buffer->overflown = true;
        return false;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

void *buffer_extend(struct buffer *buffer, size_t length)
{
    char *start;

    if (!reserve(buffer, length))
        return NULL;
    start = buffer->data + buffer->length;
    buffer->length += length;
    buffer->data[buffer->length] = '\0';
    return start;
}

void buffer_append(struct buffer *buffer, const void *data, size_t length)
{
    void *start = buffer_extend(buffer, length);

    if (start != NULL && length > 0)
        memcpy(start, data, length);
}

void buffer_append_text(struct buffer *buffer, const char *text)
{
    buffer_append(buffer, text, strlen(text));
}

void buffer_append_format(struct buffer *buffer, const char *format, ...)
{
    va_list arguments, again;
    int length;

    va_start(arguments, format);
    va_copy(again, arguments);
    length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length >= 0 && reserve(buffer, (size_t)length)) {
        (void)vsnprintf(buffer->data + buffer->length, (size_t)length + 1, format, again);
        buffer->length += (size_t)length;
    }
    va_end(again);
}

static void append_json_character(struct buffer *buffer, unsigned char character)
{
    switch (character) {
    case '"': buffer_append(buffer, "\\\"", 2); break;
    case '\\': buffer_append(buffer, "\\\\", 2); break;
    case '\n': buffer_append(buffer, "\\n", 2); break;
    case '\r': buffer_append(buffer, "\\r", 2); break;
    case '\t': buffer_append(buffer, "\\t", 2); break;
    default: buffer_append_format(buffer, "\\u%04x", (unsigned)character); break;
    }
}

void buffer_append_json_escaped(struct buffer *buffer, const char *text)
{
    const char *plain = text;

    for (; *text != '\0'; ++text) {
        const unsigned char character = (unsigned char)*text;

        if (character >= 0x20 && character != '"' && character != '\\')
            continue;
        buffer_append(buffer, plain, (size_t)(text - plain));
        append_json_character(buffer, character);
        plain = text + 1;
    }
    buffer_append(buffer, plain, (size_t)(text - plain));
}

static bool stands_for_itself(char c, const char *also)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           strchr("-._~", c) != NULL || strchr(also, c) != NULL;
}

void buffer_append_percent_encoded(struct buffer *buffer, const char *text, const char *also)
{
    for (; *text != '\0'; ++text)
        if (stands_for_itself(*text, also))
            buffer_append(buffer, text, 1);
        else
            buffer_append_format(buffer, "%%%02X", (unsigned)(unsigned char)*text);
}

char *buffer_take(struct buffer *buffer, size_t *ret_length)
{
    char *data;

    if (!reserve(buffer, 0)) {
        buffer_deinit(buffer);
        return NULL;
    }
    buffer->data[buffer->length] = '\0';
    *ret_length = buffer->length;
    data = buffer->data;
    forget(buffer);
    return data;
}
