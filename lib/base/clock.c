#include "lib/base/clock.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const int64_t second_us = 1000000;
static const int64_t year_10000_us = 253402300800 * 1000000;

int64_t clock_now_us(const struct clock *clock)
{
    struct timespec now;

    if (clock != NULL && clock->now_us != NULL)
        return clock->now_us(clock->context);
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * second_us + now.tv_nsec / 1000;
}

int64_t clock_monotonic_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * second_us + now.tv_nsec / 1000;
}

int64_t clock_monotonic_ms(void)
{
    return clock_monotonic_us() / 1000;
}

void clock_sleep_ms(int64_t duration_ms)
{
    struct timespec left = {.tv_sec = duration_ms / 1000,
                            .tv_nsec = (long)(duration_ms % 1000) * 1000000};

    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR)
        continue;
}

static void split(int64_t time_us, struct tm *ret_parts)
{
    time_t seconds = (time_t)(time_us / second_us - (time_us % second_us < 0));

    (void)gmtime_r(&seconds, ret_parts);
}

const char *clock_format(int64_t time_us, char buffer[static CLOCK_TEXT_SIZE])
{
    struct tm parts;

    split(time_us >= 0 && time_us < year_10000_us ? time_us : year_10000_us - 1, &parts);
    (void)strftime(buffer, CLOCK_TEXT_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return buffer;
}

/* Reads ".123456789"; digits past the microsecond are dropped. */
static const char *parse_fraction_us(const char *text, int64_t *ret_us)
{
    int64_t unit = second_us / 10;

    *ret_us = 0;
    if (*text != '.')
        return text;
    for (++text; *text >= '0' && *text <= '9'; ++text, unit /= 10)
        *ret_us += (*text - '0') * unit;
    return text;
}

/* The number that two digits make, negative when they are none. */
static int two_digits(const char *text)
{
    if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
        return -1;
    return (text[0] - '0') * 10 + text[1] - '0';
}

static bool parse_offset_s(const char *text, int64_t *ret_offset_s)
{
    const int64_t sign = *text == '-' ? -1 : 1;
    int hours, minutes;

    if (strcmp(text, "Z") == 0 || strcmp(text, "z") == 0) {
        *ret_offset_s = 0;
        return false;
    }
    if ((*text != '+' && *text != '-') || strlen(text) != strlen("+00:00") || text[3] != ':')
        return true;
    hours = two_digits(text + 1);
    minutes = two_digits(text + 4);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
        return true;
    *ret_offset_s = sign * (hours * 60 + minutes) * 60;
    return false;
}

bool clock_parse(const char *text, int64_t *ret_time_us)
{
    struct tm parts = {0};
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);
    int64_t fraction_us, offset_s;
    const int day = parts.tm_mday;
    time_t seconds;

    if (rest == NULL || strlen(text) < 20)
        return true;
    rest = parse_fraction_us(rest, &fraction_us);
    if (parse_offset_s(rest, &offset_s))
        return true;
    seconds = timegm(&parts);
    if (parts.tm_mday != day)
        return true;
    *ret_time_us = ((int64_t)seconds - offset_s) * second_us + fraction_us;
    return false;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month] + (month == 1 && leap);
}

int64_t clock_add_months(int64_t time_us, uint32_t months)
{
    struct tm parts;
    int month, last;

    assert(months <= 1200);
    split(time_us, &parts);
    month = parts.tm_mon + (int)months;
    parts.tm_year += month / 12;
    parts.tm_mon = month % 12;
    last = days_in_month(parts.tm_year + 1900, parts.tm_mon);
    if (parts.tm_mday > last)
        parts.tm_mday = last;
    return (int64_t)timegm(&parts) * second_us + ((time_us % second_us) + second_us) % second_us;
}
