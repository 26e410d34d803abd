/* Texts of providers that go on into our answers, rows and requests: taken only when they are what
 * they should be, so that nothing of theirs is longer or stranger than our readers expect. */
#pragma once

#include "lib/base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>

/* Visible ASCII, 1 to size - 1 characters: ids, addresses, networks. True when `text` (NULL too) is
 * not that; `ret_text` is then untouched. */
MUST_CHECK bool provider_text_word(const char *text, char *ret_text, size_t size);

/* As above, and an absolute http or https address that can stand in HTML and in JSON as it is: no
 * quotes, angle brackets or backslashes. */
MUST_CHECK bool provider_text_url(const char *text, char *ret_url, size_t size);

/* The name of a coin or a network as callers write it: letters, digits, '-' and '_', 1 to 32. */
MUST_CHECK bool provider_text_is_asset(const char *text);

/* Words of an error: cut to fit, everything but printable ASCII as '?'. NULL counts as "". */
void provider_text_words(const char *text, char *ret_words, size_t size);
