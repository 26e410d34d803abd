/* Short secrets: API keys, signing secrets, passwords. They are wiped, never printed in errors. */
#pragma once

#include "lib/base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>

enum { SECRET_SIZE = 256 };

/* What an API key begins with; a word that does is never taken from a command line. */
#define SECRET_KEY_PREFIX "slip_hosting_"

struct secret {
    /* "": none. */
    char text[SECRET_SIZE];
};

/* True when it does not fit; the secret is then empty. */
MUST_CHECK bool secret_set(struct secret *secret, const char *text, size_t length);
void secret_wipe(struct secret *secret);

/* "slip_hosting_" and 32 characters of base62. */
bool secret_is_api_key(const char *text);
