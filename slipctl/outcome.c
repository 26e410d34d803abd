#include "slipctl/outcome.h"

#include <stdarg.h>
#include <stdio.h>

int outcome_set(struct error *error, enum outcome outcome, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(error->text, sizeof(error->text), format, arguments);
    va_end(arguments);
    return (int)outcome;
}
