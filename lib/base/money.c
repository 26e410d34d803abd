#include "lib/base/money.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

bool money_add(int64_t left_cents, int64_t right_cents, int64_t *ret_cents)
{
    int64_t sum;

    if (__builtin_add_overflow(left_cents, right_cents, &sum))
        return true;
    *ret_cents = sum;
    return false;
}

bool money_price(int64_t unit_cents, uint32_t quantity, uint32_t discount_basis_points,
                 int64_t *ret_cents)
{
    int64_t gross, scaled, rounded;

    assert(unit_cents >= 0 && discount_basis_points <= MONEY_BASIS_POINTS);
    if (__builtin_mul_overflow(unit_cents, (int64_t)quantity, &gross) ||
        __builtin_mul_overflow(gross, (int64_t)(MONEY_BASIS_POINTS - discount_basis_points),
                               &scaled) ||
        __builtin_add_overflow(scaled, MONEY_BASIS_POINTS / 2, &rounded))
        return true;
    *ret_cents = rounded / MONEY_BASIS_POINTS;
    return false;
}

/* Appends one digit to a magnitude kept negative, because INT64_MIN has no positive twin. */
static bool append_digit(int64_t *negative_cents, char digit)
{
    return __builtin_mul_overflow(*negative_cents, 10, negative_cents) ||
           __builtin_sub_overflow(*negative_cents, (int64_t)(digit - '0'), negative_cents);
}

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

static bool parse_fraction(const char **text, int64_t *negative_cents)
{
    int decimals = 0;

    if (**text == '.') {
        if (!is_digit(*++*text))
            return true;
        for (; is_digit(**text) && decimals < 2; ++*text, ++decimals)
            if (append_digit(negative_cents, **text))
                return true;
    }
    for (; decimals < 2; ++decimals)
        if (append_digit(negative_cents, '0'))
            return true;
    return **text != '\0';
}

bool money_parse(const char *text, int64_t *ret_cents)
{
    const bool minus = text[0] == '-';
    int64_t cents = 0;

    text += minus;
    if (!is_digit(*text))
        return true;
    for (; is_digit(*text); ++text)
        if (append_digit(&cents, *text))
            return true;
    if (parse_fraction(&text, &cents) || (!minus && cents == INT64_MIN))
        return true;
    *ret_cents = minus ? cents : -cents;
    return false;
}

const char *money_format(int64_t cents, char buffer[static MONEY_TEXT_SIZE])
{
    const uint64_t magnitude = cents < 0 ? 0 - (uint64_t)cents : (uint64_t)cents;

    (void)snprintf(buffer, MONEY_TEXT_SIZE, "%s%" PRIu64 ".%02" PRIu64, cents < 0 ? "-" : "",
                   magnitude / 100, magnitude % 100);
    return buffer;
}
