#include "services/billing/providers/provider_amount.h"

/* 128 bits hold 38 digits. */
enum {
    DIGITS_MAX = 30,
    EXPONENT_MAX = 30,
};

__extension__ typedef unsigned __int128 wide;

/* digits / 10^scale, without zeros at the end of the fraction. */
struct decimal {
    wide digits;
    unsigned scale;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool scale_up(wide *number, unsigned powers)
{
    for (; powers > 0; --powers)
        if (__builtin_mul_overflow(*number, (wide)10, number))
            return true;
    return false;
}

/* At least one. Leading zeros count too: nobody writes thirty of them. */
static bool read_digits(const char **text, wide *digits, unsigned *count)
{
    const char *first = *text;

    for (; is_digit(**text); ++*text) {
        if (++*count > DIGITS_MAX)
            return true;
        *digits = *digits * 10 + (unsigned)(**text - '0');
    }
    return *text == first;
}

static bool read_mantissa(const char **text, struct decimal *number)
{
    unsigned count = 0, whole;

    if (read_digits(text, &number->digits, &count))
        return true;
    whole = count;
    if (**text == '.') {
        ++*text;
        if (read_digits(text, &number->digits, &count))
            return true;
    }
    number->scale = count - whole;
    return false;
}

static bool read_exponent(const char *text, struct decimal *number)
{
    const bool minus = text[0] != '\0' && text[1] == '-';
    unsigned exponent = 0;

    if (*text == '\0')
        return false;
    if (*text != 'e' && *text != 'E')
        return true;
    text += minus || text[1] == '+' ? 2 : 1;
    if (!is_digit(*text))
        return true;
    for (; is_digit(*text); ++text)
        if ((exponent = exponent * 10 + (unsigned)(*text - '0')) > EXPONENT_MAX)
            return true;
    if (*text != '\0')
        return true;
    if (minus) {
        number->scale += exponent;
        return false;
    }
    if (exponent <= number->scale) {
        number->scale -= exponent;
        return false;
    }
    exponent -= number->scale;
    number->scale = 0;
    return scale_up(&number->digits, exponent);
}

static bool parse(const char *text, struct decimal *ret_number)
{
    struct decimal number = {0};

    if (text == NULL || read_mantissa(&text, &number) || read_exponent(text, &number))
        return true;
    while (number.scale > 0 && number.digits % 10 == 0) {
        number.digits /= 10;
        --number.scale;
    }
    *ret_number = number;
    return false;
}

static bool fit(wide number, int64_t *ret_number)
{
    if (number > (wide)INT64_MAX)
        return true;
    *ret_number = (int64_t)number;
    return false;
}

bool provider_amount_cents(const char *text, int64_t *ret_cents)
{
    struct decimal amount;

    if (parse(text, &amount))
        return true;
    if (amount.scale <= 2)
        return scale_up(&amount.digits, 2 - amount.scale) || fit(amount.digits, ret_cents);
    for (; amount.scale > 2; --amount.scale)
        amount.digits /= 10;
    return fit(amount.digits, ret_cents);
}

bool provider_amount_plain(const char *text, char *ret_text, size_t size)
{
    /* The digits from the last one on, a point, zeros before it, and NUL. */
    char reversed[DIGITS_MAX + EXPONENT_MAX + 8];
    struct decimal amount;
    size_t length = 0;

    if (parse(text, &amount))
        return true;
    for (unsigned place = 0; amount.digits > 0 || place <= amount.scale; ++place) {
        if (place == amount.scale && place > 0)
            reversed[length++] = '.';
        reversed[length++] = (char)('0' + (char)(amount.digits % 10));
        amount.digits /= 10;
    }
    if (length >= size)
        return true;
    for (size_t i = 0; i < length; ++i)
        ret_text[i] = reversed[length - 1 - i];
    ret_text[length] = '\0';
    return false;
}

bool provider_amount_share(int64_t cents, const char *part, const char *whole, int64_t *ret_cents)
{
    struct decimal left, right;
    wide product;

    if (cents < 0 || parse(part, &left) || parse(whole, &right) || right.digits == 0)
        return true;
    if (scale_up(left.scale < right.scale ? &left.digits : &right.digits,
                 left.scale < right.scale ? right.scale - left.scale : left.scale - right.scale) ||
        __builtin_mul_overflow(left.digits, (wide)cents, &product))
        return true;
    return fit(product / right.digits, ret_cents);
}

bool provider_amount_kopecks(int64_t cents, int64_t kopecks_per_usd, int64_t *ret_kopecks)
{
    int64_t product;

    if (cents <= 0 || kopecks_per_usd <= 0 ||
        __builtin_mul_overflow(cents, kopecks_per_usd, &product))
        return true;
    *ret_kopecks = product / 100 + (product % 100 != 0);
    return false;
}
