/* Whatever the bytes: items lie within them, counting agrees with walking, and what is written anew
 * from the items reads back as the same items. */
#include "lib/rpc/envelope.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_item(const struct envelope_item *item, const uint8_t *data, size_t size)
{
    const uint8_t *start = item->data;

    assert(start >= data && start <= data + size);
    assert(item->length <= (size_t)(data + size - start));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(buffer_deinit) struct buffer again = {.limit = SIZE_MAX / 4};
    struct envelope envelope = {data, size}, copy;
    struct envelope_item item, copied;
    size_t count = 0, walked = 0, written = 0;
    const int counted = envelope_count(envelope, &count);
    int result;

    while ((result = envelope_next(&envelope, &item)) == 0) {
        check_item(&item, data, size);
        envelope_append(&again, item.data, item.length);
        written += envelope_item_size(item.length);
        ++walked;
    }
    assert((counted == 0) == (result == ENVELOPE_END));
    if (counted != 0)
        return 0;
    assert(count == walked && again.length == written);
    envelope = (struct envelope){data, size};
    copy = (struct envelope){(const unsigned char *)again.data, again.length};
    while (envelope_next(&envelope, &item) == 0) {
        result = envelope_next(&copy, &copied);
        assert(result == 0 && copied.length == item.length);
        assert(item.length == 0 || memcmp(copied.data, item.data, item.length) == 0);
    }
    return 0;
}
