/* Where the API is. */
#pragma once

#include "lib/base/buffer.h"
#include "lib/base/error.h"

#include <stdbool.h>

enum { BASE_URL_SIZE = 512 };

struct base_url {
    /* "https://api.example.com/hosting/api/v1": no slash at its end. */
    char text[BASE_URL_SIZE];
    /* Where the path begins in it; what a signature covers starts there. */
    size_t path_at;
    /* http, so nothing of it may pass a proxy. */
    bool is_plain;
};

/* Reads "https://host[:port][/path]"; without a path it is the API's usual one. http is refused
 * unless it goes to this machine's loopback or `allow_plain` is set, since whoever is on the way
 * could read the key. A user name, a query or a fragment are refused too. FAULT_HARD: what is
 * wrong; the error does not repeat the URL. */
MUST_CHECK int base_url_parse(const char *text, bool allow_plain, struct base_url *ret_url,
                              struct error *error);

/* Appends `text` percent-encoded, fit for a path's segment or a query's value. */
void base_url_append_encoded(struct buffer *out, const char *text);

/* Whether a link of the server's may be opened or shown as one: https, or http on loopback. */
bool base_url_is_safe_link(const char *text);
