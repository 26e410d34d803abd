#include "lib/http/query.h"

#include "lib/base/encoding.h"

#include <string.h>

static bool is_control(unsigned char c)
{
    return c < 0x20 || c == 0x7f;
}

/* Decodes one character at *from and steps over it. True when it is a wrong one. */
static bool decode_one(const char **from, const char *end, char *ret_character)
{
    unsigned char c = (unsigned char)**from;

    (*from)++;
    if (c == ' ')
        return true;
    if (c == '%') {
        char digits[3] = "";

        if (end - *from < 2)
            return true;
        memcpy(digits, *from, 2);
        if (hex_decode(digits, &c, 1))
            return true;
        *from += 2;
    }
    *ret_character = (char)c;
    return is_control(c);
}

bool query_decode_path(const char *path, size_t length, char *ret_text)
{
    const char *end = path + length;

    while (path < end) {
        const bool is_escaped = *path == '%';

        if (decode_one(&path, end, ret_text) || (is_escaped && *ret_text == '/'))
            return true;
        ret_text++;
    }
    *ret_text = '\0';
    return false;
}

/* NUL-terminates; NULL when it is wrong, else where the output goes on. */
static char *decode_form(const char *from, const char *end, char *to)
{
    while (from < end) {
        const bool is_plus = *from == '+';

        if (decode_one(&from, end, to))
            return NULL;
        if (is_plus)
            *to = ' ';
        to++;
    }
    *to = '\0';
    return to + 1;
}

bool query_decode(const char *query, char *ret_pairs, size_t *ret_count)
{
    size_t count = 0;

    while (*query != '\0') {
        const char *end = strchrnul(query, '&');
        const char *equals = memchr(query, '=', (size_t)(end - query));

        if (end > query) {
            ret_pairs = decode_form(query, equals != NULL ? equals : end, ret_pairs);
            if (ret_pairs != NULL)
                ret_pairs = decode_form(equals != NULL ? equals + 1 : end, end, ret_pairs);
            if (ret_pairs == NULL)
                return true;
            count++;
        }
        query = *end == '&' ? end + 1 : end;
    }
    *ret_count = count;
    return false;
}
