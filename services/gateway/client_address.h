/* Where a request comes from when proxies stand before the gateway. Pure.
 *
 * Each proxy adds the address that it was called from at the end of X-Forwarded-For, and whoever
 * calls can write anything before that. So the list is read from its end, and an entry is believed
 * only as long as a proxy of ours has written it.
 */
#pragma once

#include "lib/base/address.h"

#include <stddef.h>

enum { PROXIES_MAX = 64 };

struct proxies {
    struct address_block blocks[PROXIES_MAX];
    size_t count;
};

/* Blocks, comma-separated; "" is none. True when `list` is not that, or holds more than
 * PROXIES_MAX. */
MUST_CHECK bool proxies_parse(const char *list, struct proxies *ret_proxies);

/* `forwarded` is X-Forwarded-For, several lines joined by commas in their order; NULL: not sent.
 * True when it can't be known: a proxy of ours names something that is no address. Then nobody's
 * address may be assumed, least of all the proxy's. */
MUST_CHECK bool client_address_find(const struct proxies *proxies, const char *peer,
                                    const char *forwarded, struct address *ret_client);
