#include "services/gateway/client_address.h"

#include <string.h>

/* "[ffff:…:255.255.255.255]:65535" and its NUL. */
enum { ENTRY_SIZE = 56 };

static const char blanks[] = " \t";

/* Copies `length` bytes without the blanks around them. True: too long to be an entry. */
static bool copy_trimmed(const char *text, size_t length, char ret_entry[static ENTRY_SIZE])
{
    while (length > 0 && strchr(blanks, text[length - 1]) != NULL)
        --length;
    while (length > 0 && strchr(blanks, *text) != NULL) {
        ++text;
        --length;
    }
    if (length >= ENTRY_SIZE)
        return true;
    memcpy(ret_entry, text, length);
    ret_entry[length] = '\0';
    return false;
}

bool proxies_parse(const char *list, struct proxies *ret_proxies)
{
    struct proxies proxies = {.count = 0};
    char entry[ENTRY_SIZE];

    for (const char *next = list + strspn(list, blanks); *next != '\0';) {
        const size_t length = strcspn(next, ",");

        if (proxies.count == PROXIES_MAX || copy_trimmed(next, length, entry) ||
            address_block_parse(entry, &proxies.blocks[proxies.count]))
            return true;
        ++proxies.count;
        if (next[length] == ',' && next[length + 1] == '\0')
            return true;
        next += length + (next[length] == ',');
    }
    *ret_proxies = proxies;
    return false;
}

static bool is_ours(const struct proxies *proxies, const struct address *address)
{
    for (size_t i = 0; i < proxies->count; ++i)
        if (address_block_contains(&proxies->blocks[i], address))
            return true;
    return false;
}

/* Some proxies write a port behind the address, and IPv6 in brackets. */
static bool parse_entry(char *entry, struct address *ret_address)
{
    const bool bracketed = entry[0] == '[';
    const char *dot = strchr(entry, '.');
    char *end = strchr(entry, bracketed ? ']' : ':');

    if (bracketed && (end == NULL || (end[1] != '\0' && end[1] != ':')))
        return true;
    if (end != NULL && (bracketed || (dot != NULL && dot < end)))
        *end = '\0';
    return address_parse(entry + bracketed, ret_address);
}

bool client_address_find(const struct proxies *proxies, const char *peer, const char *forwarded,
                         struct address *ret_client)
{
    size_t length = forwarded == NULL ? 0 : strlen(forwarded);
    struct address client;
    char entry[ENTRY_SIZE];

    if (address_parse(peer, &client))
        return true;
    while (length > 0 && is_ours(proxies, &client)) {
        size_t first = length;

        while (first > 0 && forwarded[first - 1] != ',')
            --first;
        if (copy_trimmed(forwarded + first, length - first, entry) || parse_entry(entry, &client))
            return true;
        length = first > 0 ? first - 1 : 0;
    }
    *ret_client = client;
    return false;
}
