#include "lib/base/encoding.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

void hex_encode(const void *data, size_t length, char *ret_text)
{
    (void)sodium_bin2hex(ret_text, 2 * length + 1, data, length);
}

bool hex_decode(const char *text, void *ret_data, size_t length)
{
    size_t written;

    return strlen(text) != 2 * length ||
           sodium_hex2bin(ret_data, length, text, 2 * length, NULL, &written, NULL) != 0 ||
           written != length;
}

const char *ulid_make(int64_t time_us, char buffer[static ULID_TEXT_SIZE])
{
    static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    uint64_t time_ms = (uint64_t)(time_us / 1000);
    unsigned char entropy[16];

    randombytes_buf(entropy, sizeof(entropy));
    for (int i = 9; i >= 0; --i, time_ms >>= 5)
        buffer[i] = alphabet[time_ms & 31];
    for (int i = 0; i < 16; ++i)
        buffer[10 + i] = alphabet[entropy[i] & 31];
    buffer[26] = '\0';
    return buffer;
}

static bool all_digits(const char *text)
{
    return *text != '\0' && strspn(text, "0123456789") == strlen(text);
}

bool decimal_parse_u64(const char *text, uint64_t *ret_number)
{
    unsigned long long number;

    if (!all_digits(text) || (text[0] == '0' && text[1] != '\0'))
        return true;
    errno = 0;
    number = strtoull(text, NULL, 10);
    if (errno != 0)
        return true;
    *ret_number = number;
    return false;
}

bool decimal_parse_i64(const char *text, int64_t *ret_number)
{
    long long number;

    if (!all_digits(text + (text[0] == '-')))
        return true;
    errno = 0;
    number = strtoll(text, NULL, 10);
    if (errno != 0)
        return true;
    *ret_number = number;
    return false;
}
