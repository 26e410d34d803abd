#include "services/notifier/address_rules.h"

#include "lib/base/cleanup.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

struct range {
    uint8_t prefix[16];
    unsigned bits;
};

static const struct range closed_v4[] = {
    {{0},                  8 }, /* this network */
    {{10},                 8 }, /* private */
    {{100, 64},            10}, /* carrier NAT */
    {{127},                8 }, /* loopback */
    {{169, 254},           16}, /* link-local, and most clouds' metadata */
    {{172, 16},            12}, /* private */
    {{192, 0, 0},          24}, /* protocol assignments, and one cloud's metadata */
    {{192, 0, 2},          24}, /* documentation */
    {{192, 31, 196},       24}, /* AS112 */
    {{192, 52, 193},       24}, /* AMT */
    {{192, 88, 99},        24}, /* 6to4 relays */
    {{192, 168},           16}, /* private */
    {{192, 175, 48},       24}, /* AS112 */
    {{198, 18},            15}, /* benchmarks */
    {{198, 51, 100},       24}, /* documentation */
    {{203, 0, 113},        24}, /* documentation */
    {{168, 63, 129, 16},   32}, /* a cloud's own host agent */
    {{100, 100, 100, 200}, 32}, /* a cloud's metadata */
    {{224},                3 }, /* multicast, reserved, broadcast */
};

/* Only 2000::/3 is given out at all; these parts of it are not plain hosts. */
static const struct range global_v6 = {{0x20}, 3};
static const struct range closed_v6[] = {
    {{0x20, 0x01, 0x00},                   23}, /* protocol assignments: Teredo, ORCHID, benchmarks */
    {{0x20, 0x01, 0x0d, 0xb8},             32}, /* documentation */
    {{0x20, 0x02},                         16}, /* 6to4: carries an IPv4 address */
    {{0x26, 0x20, 0x00, 0x4f, 0x80, 0x00}, 48}, /* AS112 */
    {{0x3f, 0xff, 0x00},                   20}, /* documentation */
};

static const struct range mapped_v4 = {
    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff},
    96
};

static bool is_in(const struct range *range, const uint8_t *address)
{
    const unsigned bytes = range->bits / 8;
    const unsigned rest = range->bits % 8;
    const uint8_t mask = (uint8_t)(0xffU << (8 - rest));

    return memcmp(range->prefix, address, bytes) == 0 &&
           (rest == 0 || ((range->prefix[bytes] ^ address[bytes]) & mask) == 0);
}

static bool is_in_any(const struct range *ranges, size_t count, const uint8_t *address)
{
    for (size_t i = 0; i < count; ++i)
        if (is_in(&ranges[i], address))
            return true;
    return false;
}

/* The address' bytes in network order, an IPv4-mapped one as the IPv4 address it stands for. NULL:
 * another family. */
static const uint8_t *bytes_of(const struct sockaddr *address, bool *ret_is_v4)
{
    const uint8_t *bytes;

    if (address->sa_family == AF_INET) {
        *ret_is_v4 = true;
        return (const uint8_t *)&((const struct sockaddr_in *)(const void *)address)->sin_addr;
    }
    if (address->sa_family != AF_INET6)
        return NULL;
    bytes = ((const struct sockaddr_in6 *)(const void *)address)->sin6_addr.s6_addr;
    *ret_is_v4 = is_in(&mapped_v4, bytes);
    return *ret_is_v4 ? bytes + 12 : bytes;
}

bool address_is_public(const struct sockaddr *address)
{
    bool is_v4 = false;
    const uint8_t *bytes = bytes_of(address, &is_v4);

    if (bytes == NULL)
        return false;
    if (is_v4)
        return !is_in_any(closed_v4, ARRAY_LENGTH(closed_v4), bytes);
    return is_in(&global_v6, bytes) && !is_in_any(closed_v6, ARRAY_LENGTH(closed_v6), bytes);
}

bool address_is_loopback(const struct sockaddr *address)
{
    static const uint8_t loopback_v6[16] = {[15] = 1};
    bool is_v4 = false;
    const uint8_t *bytes = bytes_of(address, &is_v4);

    if (bytes == NULL)
        return false;
    return is_v4 ? bytes[0] == 127 : memcmp(bytes, loopback_v6, sizeof(loopback_v6)) == 0;
}

bool address_parse(const char *host, struct sockaddr_storage *ret_address)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)ret_address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret_address;
    char text[INET6_ADDRSTRLEN];
    const size_t length = strlen(host);

    memset(ret_address, 0, sizeof(*ret_address));
    if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        return true;
    }
    if (length < 4 || length - 2 >= sizeof(text) || host[0] != '[' || host[length - 1] != ']')
        return false;
    memcpy(text, host + 1, length - 2);
    text[length - 2] = '\0';
    v6->sin6_family = AF_INET6;
    return inet_pton(AF_INET6, text, &v6->sin6_addr) == 1;
}
