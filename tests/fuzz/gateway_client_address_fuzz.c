/* TRUSTED_PROXIES, a peer and X-Forwarded-For, a line each. */
#include "services/gateway/client_address.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is written reads back as the same block. */
static void check_block(const char *text)
{
    struct address_block block, again;
    char written[ADDRESS_BLOCK_TEXT_SIZE];

    if (address_block_parse(text, &block))
        return;
    assert(address_block_contains(&block, &block.first));
    assert(!address_block_parse(address_block_format(&block, written), &again));
    assert(again.prefix_length == block.prefix_length);
    assert(memcmp(&again.first, &block.first, sizeof(again.first)) == 0);
}

/* Without proxies nobody but the peer is the client. */
static void check_peer(const char *peer, const char *forwarded)
{
    const struct proxies none = {.count = 0};
    struct address client, expected;

    if (client_address_find(&none, peer, forwarded, &client))
        return;
    assert(!address_parse(peer, &expected));
    assert(memcmp(&client, &expected, sizeof(client)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(cleanup_free) char *text = strndup((const char *)data, size);
    char *rest = text;
    const char *list = strsep(&rest, "\n");
    const char *peer = rest != NULL ? strsep(&rest, "\n") : "203.0.113.7";
    struct proxies proxies;
    struct address client;

    assert(text != NULL && list != NULL);
    check_block(list);
    check_block(peer);
    check_peer(peer, rest);
    if (!proxies_parse(list, &proxies))
        (void)!client_address_find(&proxies, peer, rest, &client);
    return 0;
}
