#include "lib/base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int error_set(struct error *error, enum fault fault, const char *format, ...)
{
    va_list arguments;

    if (error != NULL) {
        va_start(arguments, format);
        (void)vsnprintf(error->text, sizeof(error->text), format, arguments);
        va_end(arguments);
    }
    return fault;
}

int error_prefix(struct error *error, int fault, const char *prefix)
{
    char before[sizeof(error->text)];

    if (error != NULL) {
        memcpy(before, error->text, sizeof(before));
        (void)snprintf(error->text, sizeof(error->text), "%.96s: %.280s", prefix, before);
    }
    return fault;
}

const char *fault_name(int fault)
{
    switch (fault) {
    case FAULT_RETRY: return "retry";
    case FAULT_HARD: return "hard";
    case FAULT_UNCERTAIN: return "uncertain";
    default: return "none";
    }
}
