#include "services/billing/providers/provider_text.h"

#include <string.h>

enum { ASSET_LENGTH_MAX = 32 };

static bool is_visible(const char *text)
{
    for (; *text != '\0'; ++text)
        if (*text <= ' ' || *text > '~')
            return false;
    return true;
}

bool provider_text_word(const char *text, char *ret_text, size_t size)
{
    size_t length;

    if (text == NULL)
        return true;
    length = strlen(text);
    if (length == 0 || length >= size || !is_visible(text))
        return true;
    memcpy(ret_text, text, length + 1);
    return false;
}

/* With a host of at least one character. */
static bool begins_as_url(const char *text)
{
    static const char *const schemes[] = {"https://", "http://"};

    for (size_t i = 0; i < ARRAY_LENGTH(schemes); ++i) {
        const size_t length = strlen(schemes[i]);

        if (strncmp(text, schemes[i], length) == 0)
            return text[length] != '\0' && text[length] != '/';
    }
    return false;
}

bool provider_text_url(const char *text, char *ret_url, size_t size)
{
    return text == NULL || !begins_as_url(text) || strpbrk(text, "\"'<>\\`") != NULL ||
           provider_text_word(text, ret_url, size);
}

bool provider_text_is_asset(const char *text)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const size_t length = strlen(text);

    return length > 0 && length <= ASSET_LENGTH_MAX && strspn(text, allowed) == length;
}

void provider_text_words(const char *text, char *ret_words, size_t size)
{
    size_t length = 0;

    for (; text != NULL && text[length] != '\0' && length + 1 < size; ++length)
        ret_words[length] = (char)(text[length] < ' ' || text[length] > '~' ? '?' : text[length]);
    ret_words[length] = '\0';
}
