/* The address of a node's console proxy, as browsers call it. */
#pragma once

#include "lib/base/cleanup.h"

#include <stdbool.h>

/* Longest one that is taken; the gateway adds the page and the one-use token. */
enum { CONSOLE_URL_LENGTH_MAX = 256 };

/* Takes slashes away from the end. True: it is not an https URL (http: of this machine only), or it
 * has a user, a query or a fragment, which are not the operator's to give. `url` is then as it was.
 */
MUST_CHECK bool console_url_normalize(char *url);
