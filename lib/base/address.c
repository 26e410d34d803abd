#include "lib/base/address.h"

#include "lib/base/encoding.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum { BITS = 128, V4_OFFSET = 12, V4_PREFIX = 96 };

static const uint8_t mapped[V4_OFFSET] = {[10] = 0xff, [11] = 0xff};

static bool is_mapped(const struct address *address)
{
    return memcmp(address->bytes, mapped, sizeof(mapped)) == 0;
}

static bool is_v4(const struct address_block *block)
{
    return block->prefix_length >= V4_PREFIX && is_mapped(&block->first);
}

bool address_parse(const char *text, struct address *ret_address)
{
    struct address address;

    if (inet_pton(AF_INET6, text, address.bytes) == 1) {
        *ret_address = address;
        return false;
    }
    memcpy(address.bytes, mapped, sizeof(mapped));
    if (inet_pton(AF_INET, text, address.bytes + V4_OFFSET) != 1)
        return true;
    *ret_address = address;
    return false;
}

/* The first `bits` bits are the same. */
static bool begins_with(const struct address *left, const struct address *right, unsigned bits)
{
    const unsigned whole = bits / 8;
    const unsigned mask = 0xff00U >> bits % 8;

    return memcmp(left->bytes, right->bytes, whole) == 0 &&
           (bits % 8 == 0 || ((left->bytes[whole] ^ right->bytes[whole]) & mask & 0xffU) == 0);
}

static bool has_bits_behind(const struct address_block *block)
{
    struct address cut = block->first;

    for (unsigned bit = block->prefix_length; bit < BITS; ++bit)
        cut.bytes[bit / 8] &= (uint8_t) ~(0x80U >> bit % 8);
    return memcmp(cut.bytes, block->first.bytes, sizeof(cut.bytes)) != 0;
}

bool address_add(uint8_t *bytes, size_t length, uint64_t offset)
{
    for (size_t i = length; i > 0 && offset > 0; --i) {
        offset += bytes[i - 1];
        bytes[i - 1] = (uint8_t)(offset & 0xff);
        offset >>= 8;
    }
    return offset != 0;
}

bool address_block_parse(const char *text, struct address_block *ret_block)
{
    const char *slash = strchr(text, '/');
    const size_t length = slash != NULL ? (size_t)(slash - text) : strlen(text);
    struct address_block block;
    char address[INET6_ADDRSTRLEN];
    uint64_t prefix, longest;

    if (length >= sizeof(address))
        return true;
    memcpy(address, text, length);
    address[length] = '\0';
    if (address_parse(address, &block.first))
        return true;
    longest = strchr(address, ':') != NULL ? BITS : BITS - V4_PREFIX;
    prefix = longest;
    if (slash != NULL && (decimal_parse_u64(slash + 1, &prefix) || prefix > longest))
        return true;
    block.prefix_length = (uint8_t)(BITS - longest + prefix);
    if (has_bits_behind(&block))
        return true;
    *ret_block = block;
    return false;
}

bool address_block_contains(const struct address_block *block, const struct address *address)
{
    return is_v4(block) == is_mapped(address) &&
           begins_with(&block->first, address, block->prefix_length);
}

const char *address_block_format(const struct address_block *block,
                                 char buffer[static ADDRESS_BLOCK_TEXT_SIZE])
{
    const bool v4 = is_v4(block);
    char address[INET6_ADDRSTRLEN] = "";

    (void)inet_ntop(v4 ? AF_INET : AF_INET6, block->first.bytes + (v4 ? V4_OFFSET : 0), address,
                    sizeof(address));
    if (block->prefix_length == BITS)
        (void)snprintf(buffer, ADDRESS_BLOCK_TEXT_SIZE, "%s", address);
    else
        (void)snprintf(buffer, ADDRESS_BLOCK_TEXT_SIZE, "%s/%d", address,
                       block->prefix_length - (v4 ? V4_PREFIX : 0));
    return buffer;
}
