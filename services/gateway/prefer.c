#include "services/gateway/prefer.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

/* A stretch of a header's text. */
struct span {
    const char *text;
    size_t length;
};

static struct span trim(const char *text, size_t length)
{
    while (length > 0 && (*text == ' ' || *text == '\t')) {
        ++text;
        --length;
    }
    while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t'))
        --length;
    return (struct span){text, length};
}

/* Cuts the next piece off `*rest` at `separator`, outside quotes. False: nothing is left. */
static bool next_piece(const char **rest, const char *end, char separator, struct span *ret_piece)
{
    const char *start = *rest;
    const char *at = start;
    bool quoted = false;

    if (start > end)
        return false;
    for (; at < end && (quoted || *at != separator); ++at)
        if (*at == '"')
            quoted = !quoted;
    *ret_piece = trim(start, (size_t)(at - start));
    *rest = at + 1;
    return true;
}

static bool is_text(struct span span, const char *text)
{
    return strlen(text) == span.length && strncasecmp(span.text, text, span.length) == 0;
}

/* "wait=10", "wait = \"10\"". */
static bool read_wait(struct span preference, uint32_t *ret_seconds)
{
    const char *rest = preference.text;
    const char *end = preference.text + preference.length;
    struct span name, value;
    uint32_t seconds = 0;

    if (!next_piece(&rest, end, '=', &name) || !is_text(name, "wait") || rest > end)
        return false;
    value = trim(rest, (size_t)(end - rest));
    if (value.length >= 2 && value.text[0] == '"' && value.text[value.length - 1] == '"')
        value = (struct span){value.text + 1, value.length - 2};
    for (size_t i = 0; i < value.length; ++i) {
        if (value.text[i] < '0' || value.text[i] > '9')
            return false;
        seconds = seconds * 10 + (uint32_t)(value.text[i] - '0');
        seconds = seconds > PREFER_WAIT_LONGEST_S ? PREFER_WAIT_LONGEST_S : seconds;
    }
    if (value.length == 0)
        return false;
    *ret_seconds = seconds;
    return true;
}

bool prefer_wait(const char *header, uint32_t *ret_seconds)
{
    const char *rest = header;
    const char *end;
    struct span preference, name;

    if (header == NULL)
        return false;
    end = header + strlen(header);
    while (next_piece(&rest, end, ',', &preference)) {
        const char *inner = preference.text;

        if (next_piece(&inner, preference.text + preference.length, ';', &name) &&
            read_wait(name, ret_seconds))
            return true;
    }
    return false;
}

uint32_t prefer_wait_s(const char *header)
{
    uint32_t seconds = 0;

    (void)prefer_wait(header, &seconds);
    return seconds;
}

/* ";q=0", ";q=0.000": the range is not wanted. */
static bool is_refused(const char *rest, const char *end)
{
    struct span parameter;

    while (next_piece(&rest, end, ';', &parameter))
        if (parameter.length >= 3 && strncasecmp(parameter.text, "q=0", 3) == 0)
            return strspn(parameter.text + 2, "0.") >= parameter.length - 2;
    return false;
}

static bool matches_range(struct span range, const char *type)
{
    const size_t family = (size_t)(strchr(type, '/') - type) + 1;

    return is_text(range, "*/*") || is_text(range, type) ||
           (range.length == family + 1 && strncasecmp(range.text, type, family) == 0 &&
            range.text[family] == '*');
}

static bool find_range(const char *header, const char *type, bool exactly)
{
    const char *rest = header;
    const char *end = header + strlen(header);
    struct span piece, range;

    while (next_piece(&rest, end, ',', &piece)) {
        const char *inner = piece.text;
        const char *piece_end = piece.text + piece.length;

        if (next_piece(&inner, piece_end, ';', &range) &&
            (exactly ? is_text(range, type) : matches_range(range, type)) &&
            !is_refused(inner, piece_end))
            return true;
    }
    return false;
}

bool accept_allows(const char *header, const char *type)
{
    return header == NULL || header[0] == '\0' || find_range(header, type, false);
}

bool accept_names(const char *header, const char *type)
{
    return header != NULL && find_range(header, type, true);
}
