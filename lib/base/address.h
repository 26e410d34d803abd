/* IP addresses and blocks of them (CIDR), without a resolver. An IPv4 address and its IPv4-mapped
 * IPv6 form (::ffff:192.0.2.7) are the same address here. Source: RFC 4632, RFC 4291 sections 2.2,
 * 2.3 and 2.5.5.2, RFC 5952.
 */
#pragma once

#include "lib/base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest, "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255/128", and its NUL. */
#define ADDRESS_BLOCK_TEXT_SIZE 50

struct address {
    /* As IPv6 has it; an IPv4 address in its mapped form. */
    uint8_t bytes[16];
};

struct address_block {
    struct address first;
    /* 0 … 128, counted in IPv6's bits: 10.0.0.0/8 has 104. */
    uint8_t prefix_length;
};

/* True when `text` is not a numeric address. */
MUST_CHECK bool address_parse(const char *text, struct address *ret_address);

/* Adds to a big-endian number of `length` bytes, an address say. True when it does not fit. */
MUST_CHECK bool address_add(uint8_t *bytes, size_t length, uint64_t offset);

/* "10.0.0.0/8", "2001:db8::/32", or one address. True when it is not that, or when bits behind the
 * prefix are set: what was meant can't be known then. */
MUST_CHECK bool address_block_parse(const char *text, struct address_block *ret_block);

/* A block of IPv6 never holds an IPv4 address. */
bool address_block_contains(const struct address_block *block, const struct address *address);

/* The shortest form; a block of one address is written as that address. Returns `buffer`. */
const char *address_block_format(const struct address_block *block,
                                 char buffer[static ADDRESS_BLOCK_TEXT_SIZE]);
