#include "slipctl/text.h"

#include <locale.h>
#include <string.h>
#include <wchar.h>

/* U+FFFD, and "…" for what was cut. */
static const char replacement[] = "\xef\xbf\xbd";
static const char ellipsis[] = "\xe2\x80\xa6";

struct range {
    wchar_t first, last;
};

/* Directions, joiners and tags: invisible, and able to make one text look like another. */
static const struct range unseen[] = {
    {0x00ad,  0x00ad },
    {0x061c,  0x061c },
    {0x180e,  0x180e },
    {0x200b,  0x200f },
    {0x2028,  0x202e },
    {0x2060,  0x206f },
    {0xfeff,  0xfeff },
    {0xfff9,  0xfffb },
    {0xe0000, 0xe007f},
};

void text_init(void)
{
    (void)setlocale(LC_CTYPE, "C.UTF-8");
}

static bool is_unseen(wchar_t character)
{
    for (size_t i = 0; i < ARRAY_LENGTH(unseen); ++i)
        if (character >= unseen[i].first && character <= unseen[i].last)
            return true;
    return false;
}

/* The next character and its bytes; 0 at the end. What is no character counts as U+FFFD. */
static size_t next_character(const char *text, size_t length, wchar_t *ret_character)
{
    mbstate_t state = {0};
    const size_t taken = mbrtowc(ret_character, text, length, &state);

    if (length == 0 || taken == 0)
        return 0;
    if (taken <= length)
        return taken;
    *ret_character = 0xfffd;
    return 1;
}

static bool is_safe(wchar_t character)
{
    return character != 0xfffd && wcwidth(character) >= 0 && !is_unseen(character);
}

void text_append_safe(struct buffer *out, const char *text)
{
    size_t left = strlen(text);
    wchar_t character;
    size_t taken;

    while ((taken = next_character(text, left, &character)) > 0) {
        if (is_safe(character))
            buffer_append(out, text, taken);
        else
            buffer_append_text(out, replacement);
        text += taken;
        left -= taken;
    }
}

bool text_is_safe(const char *text)
{
    size_t left = strlen(text);
    wchar_t character;
    size_t taken;

    for (; (taken = next_character(text, left, &character)) > 0; text += taken, left -= taken)
        if (!is_safe(character))
            return false;
    return true;
}

static size_t width_of(wchar_t character)
{
    const int width = wcwidth(character);

    return width > 0 ? (size_t)width : 0;
}

size_t text_width(const char *text)
{
    size_t left = strlen(text);
    size_t width = 0;
    wchar_t character;
    size_t taken;

    for (; (taken = next_character(text, left, &character)) > 0; text += taken, left -= taken)
        width += width_of(character);
    return width;
}

void text_append_cut(struct buffer *out, const char *text, size_t width)
{
    const char *at = text;
    size_t left = strlen(text);
    size_t used = 0;
    wchar_t character;
    size_t taken;

    if (text_width(text) <= width) {
        buffer_append_text(out, text);
        return;
    }
    while ((taken = next_character(at, left, &character)) > 0 &&
           used + width_of(character) < width) {
        used += width_of(character);
        at += taken;
        left -= taken;
    }
    buffer_append(out, text, (size_t)(at - text));
    buffer_append_text(out, ellipsis);
}

static void append_escaped(struct buffer *out, wchar_t character)
{
    const unsigned code = (unsigned)character;

    if (code < 0x10000) {
        buffer_append_format(out, "\\u%04x", code);
        return;
    }
    buffer_append_format(out, "\\u%04x\\u%04x", 0xd800 + ((code - 0x10000) >> 10),
                         0xdc00 + ((code - 0x10000) & 0x3ff));
}

void text_append_safe_json(struct buffer *out, const char *json, size_t length)
{
    wchar_t character;
    size_t taken;

    while ((taken = next_character(json, length, &character)) > 0) {
        /* Spaces between members are JSON's own; inside strings they can't stand unescaped. */
        const bool is_space = character == '\n' || character == '\r' || character == '\t';

        if (!is_space && !is_safe(character))
            append_escaped(out, character);
        else
            buffer_append(out, json, taken);
        json += taken;
        length -= taken;
    }
}
