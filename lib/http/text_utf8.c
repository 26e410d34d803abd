#include "lib/http/text_utf8.h"

#include <stdbool.h>
#include <stddef.h>

/* Length of the character that this byte begins, 0: it begins none. */
static size_t announced_length(unsigned char byte)
{
    if (byte < 0x80)
        return 1;
    if (byte >= 0xc2 && byte <= 0xdf)
        return 2;
    if (byte >= 0xe0 && byte <= 0xef)
        return 3;
    if (byte >= 0xf0 && byte <= 0xf4)
        return 4;
    return 0;
}

/* Overlong forms, surrogates and what lies above U+10FFFF show in the second byte. */
static bool second_byte_fits(unsigned char first, unsigned char second)
{
    switch (first) {
    case 0xe0: return second >= 0xa0;
    case 0xed: return second <= 0x9f;
    case 0xf0: return second >= 0x90;
    case 0xf4: return second <= 0x8f;
    default: return true;
    }
}

/* How many of the character's bytes are there and in order. */
static size_t present_length(const unsigned char *text, size_t announced)
{
    size_t present = 1;

    while (present < announced && (text[present] & 0xc0) == 0x80 &&
           (present != 1 || second_byte_fits(text[0], text[1])))
        present++;
    return present;
}

void text_make_utf8(char *text)
{
    unsigned char *at = (unsigned char *)text;

    while (*at != '\0') {
        const size_t announced = announced_length(*at);
        const size_t present = announced > 1 ? present_length(at, announced) : announced;

        if (present == announced && announced > 0) {
            at += announced;
        } else if (present > 0 && at[present] == '\0') {
            *at = '\0';
        } else {
            *at++ = '?';
        }
    }
}
