/* Ownership marks for local variables, after systemd's and dbus-broker's use of the attribute.
 *
 * A local that owns something is declared with CLEANUP(function); ownership leaves by TAKE().
 * Example:  CLEANUP(cleanup_free) char *text = strdup(name);  …  *ret_text = TAKE(text);
 */
#pragma once

#include <stdlib.h>

#define CLEANUP(function)        __attribute__((cleanup(function)))
#define MUST_CHECK               __attribute__((warn_unused_result))
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))

/* Hands the pointer on and leaves NULL behind, so that the cleanup finds nothing. */
#define TAKE(pointer)                                                                              \
    __extension__({                                                                                \
        __typeof__(pointer) taken_ = (pointer);                                                    \
        (pointer) = NULL;                                                                          \
        taken_;                                                                                    \
    })

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* For CLEANUP on any pointer from malloc. */
static inline void cleanup_free(void *pointer)
{
    free(*(void **)pointer);
}

/* Defines `name_cleanup`, usable with CLEANUP, from a destructor that accepts NULL. A type can't
 * stand in parentheses. */
#define DEFINE_CLEANUP(type, destructor)                                                           \
    static inline void destructor##_cleanup(                                                       \
        type *pointer) /* NOLINT(bugprone-macro-parentheses) */                                    \
    {                                                                                              \
        destructor(*pointer);                                                                      \
    }
