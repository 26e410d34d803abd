#include "lib/base/config.h"

#include "lib/base/encoding.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

static bool parse_switch(const char *text, bool *ret_value)
{
    static const char *const words[][2] = {
        {"off",   "on"  },
        {"false", "true"},
        {"0",     "1"   }
    };

    for (size_t i = 0; i < ARRAY_LENGTH(words); ++i)
        for (int value = 0; value < 2; ++value)
            if (strcmp(text, words[i][value]) == 0) {
                *ret_value = value == 1;
                return false;
            }
    return true;
}

static bool store(const struct setting *setting, const char *text, char *member)
{
    int64_t number;

    switch (setting->type) {
    case SETTING_TEXT: memcpy(member, &text, sizeof(text)); return false;
    case SETTING_SWITCH: return parse_switch(text, (bool *)(void *)member);
    case SETTING_NUMBER:
        if (decimal_parse_i64(text, &number) || number < setting->minimum ||
            number > setting->maximum)
            return true;
        memcpy(member, &number, sizeof(number));
        return false;
    }
    return true;
}

static void describe_fault(const struct setting *setting, bool missing, char *text, size_t size)
{
    if (missing)
        (void)snprintf(text, size, "%s must be set", setting->name);
    else if (setting->type == SETTING_NUMBER)
        (void)snprintf(text, size, "%s must be a whole number from %" PRId64 " to %" PRId64,
                       setting->name, setting->minimum, setting->maximum);
    else
        (void)snprintf(text, size, "%s must be on or off", setting->name);
}

int config_load(const struct setting *settings, size_t count, void *config, struct error *error)
{
    char faults[320] = "";
    size_t used = 0;

    for (size_t i = 0; i < count; ++i) {
        const char *text = getenv(settings[i].name);
        char fault[128];

        /* Set to nothing is not set: an empty token would let everyone in. */
        if (text == NULL || text[0] == '\0')
            text = settings[i].fallback;
        if (text != NULL && !store(&settings[i], text, (char *)config + settings[i].offset))
            continue;
        describe_fault(&settings[i], text == NULL, fault, sizeof(fault));
        if (used + strlen(fault) + 3 < sizeof(faults))
            used += (size_t)snprintf(faults + used, sizeof(faults) - used, "%s%s",
                                     used > 0 ? "; " : "", fault);
    }
    return used == 0 ? 0 : error_set(error, FAULT_HARD, "configuration: %s", faults);
}

void config_print(const struct setting *settings, size_t count, FILE *stream)
{
    for (size_t i = 0; i < count; ++i) {
        (void)fprintf(stream, "  %-36s %s", settings[i].name, settings[i].help);
        if (settings[i].fallback == NULL)
            (void)fprintf(stream, " (required)");
        else if (settings[i].fallback[0] != '\0')
            (void)fprintf(stream, " (default %s)", settings[i].fallback);
        if (settings[i].type == SETTING_NUMBER)
            (void)fprintf(stream, " [%" PRId64 " … %" PRId64 "]", settings[i].minimum,
                          settings[i].maximum);
        (void)fputc('\n', stream);
    }
}
