#include "services/gateway/cursor.h"

#include <sodium.h>
#include <string.h>

enum { CURSOR_VERSION = 1, CURSOR_BYTES = 9 };

void cursor_encode(uint64_t before_id, char ret_cursor[static CURSOR_SIZE])
{
    uint8_t bytes[CURSOR_BYTES] = {CURSOR_VERSION};

    for (size_t i = CURSOR_BYTES - 1; i > 0; --i) {
        bytes[i] = (uint8_t)before_id;
        before_id >>= 8;
    }
    (void)sodium_bin2base64(ret_cursor, CURSOR_SIZE, bytes, sizeof(bytes),
                            sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

bool cursor_decode(const char *cursor, uint64_t *ret_before_id)
{
    uint8_t bytes[CURSOR_BYTES];
    char again[CURSOR_SIZE];
    size_t length = 0;
    uint64_t before_id = 0;

    if (strlen(cursor) != CURSOR_SIZE - 1 ||
        sodium_base642bin(bytes, sizeof(bytes), cursor, CURSOR_SIZE - 1, NULL, &length, NULL,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
        length != sizeof(bytes) || bytes[0] != CURSOR_VERSION)
        return true;
    for (size_t i = 1; i < CURSOR_BYTES; ++i)
        before_id = before_id << 8 | bytes[i];
    if (before_id == 0 || before_id > INT64_MAX)
        return true;
    /* libsodium 1.0.18 reads some bytes above 127 as digits. */
    cursor_encode(before_id, again);
    if (strcmp(again, cursor) != 0)
        return true;
    *ret_before_id = before_id;
    return false;
}
