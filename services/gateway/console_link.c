#include "services/gateway/console_link.h"

#include "lib/base/encoding.h"
#include "services/gateway/json_write.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

void console_link_init(struct console_link *link, const uint8_t secret[static CONSOLE_SECRET_SIZE])
{
    uint8_t hash[crypto_hash_sha256_BYTES];
    char hash_text[2 * sizeof(hash) + 1];

    hex_encode(secret, CONSOLE_SECRET_SIZE, link->token);
    (void)crypto_hash_sha256(hash, (const uint8_t *)link->token, strlen(link->token));
    hex_encode(hash, sizeof(hash), hash_text);
    (void)snprintf(link->key, sizeof(link->key), "console:%s", hash_text);
}

void console_link_deinit(struct console_link *link)
{
    sodium_memzero(link, sizeof(*link));
}

void console_link_write_target(struct buffer *json, const Slipway__V1__Console *console)
{
    json_write_open(json, '{');
    json_write_id(json, "vps_id", console->vps_id);
    json_write_text(json, "machine_uuid", console->machine_uuid);
    json_write_text(json, "node", console->node_name);
    json_write_close(json, '}');
}

/* The path of a URL, percent-encoded for noVNC, which takes a path without its first slash. */
static void append_path(struct buffer *url, const char *console_url)
{
    const char *host = strstr(console_url, "://");
    const char *path = host != NULL ? strchr(host + strlen("://"), '/') : NULL;

    if (path == NULL)
        return;
    buffer_append_percent_encoded(url, path + 1, "/");
    buffer_append_text(url, "/");
}

void console_link_write_url(const struct console_link *link, const char *console_url,
                            struct buffer *url)
{
    buffer_append_text(url, console_url);
    buffer_append_text(url, "/vnc.html#autoconnect=true&resize=scale&path=");
    append_path(url, console_url);
    buffer_append_text(url, "websockify%3Ftoken%3D");
    buffer_append_text(url, link->token);
}
