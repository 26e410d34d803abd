/* A link to the screen of a machine, good for one use: a random token that stands in the link only,
 * and what the node's console proxy finds in Redis under the token's hash. Pure. */
#pragma once

#include "proto/billing.pb-c.h"

#include "lib/base/buffer.h"

enum { CONSOLE_SECRET_SIZE = 32 };

struct console_link {
    /* Hex. */
    char token[2 * CONSOLE_SECRET_SIZE + 1];
    /* "console:<hex SHA-256 of the token>": who reads Redis can't make a link of it (INV-8). */
    char key[sizeof("console:") + 64];
};

/* `secret` is random; the caller wipes it. */
void console_link_init(struct console_link *link, const uint8_t secret[static CONSOLE_SECRET_SIZE]);
/* Wipes it. */
void console_link_deinit(struct console_link *link);

/* What the key leads to: {"vps_id":77,"machine_uuid":"…","node":"de-1"}. */
void console_link_write_target(struct buffer *json, const Slipway__V1__Console *console);

/* The address of noVNC's page. All it is told stands in the fragment, which a browser sends to
 * nobody: no access log and no Referer has the token. */
void console_link_write_url(const struct console_link *link, const char *console_url,
                            struct buffer *url);
