#include "lib/rpc/envelope.h"

#include <stdbool.h>
#include <stdint.h>

enum wire_type {
    WIRE_VARINT = 0,
    WIRE_64_BITS = 1,
    WIRE_LENGTH = 2,
    WIRE_32_BITS = 5,
};

enum {
    VARINT_SIZE_MAX = 10,
    ITEM_FIELD = 1,
    ITEM_TAG = ITEM_FIELD << 3 | WIRE_LENGTH,
};

static bool take_varint(struct envelope *envelope, uint64_t *ret_number)
{
    uint64_t number = 0;

    for (size_t i = 0; i < envelope->length && i < VARINT_SIZE_MAX; ++i) {
        const unsigned char byte = envelope->rest[i];

        number |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            envelope->rest += i + 1;
            envelope->length -= i + 1;
            *ret_number = number;
            return true;
        }
    }
    return false;
}

static bool skip(struct envelope *envelope, uint64_t length)
{
    if (length > envelope->length)
        return false;
    envelope->rest += length;
    envelope->length -= length;
    return true;
}

static bool skip_field(struct envelope *envelope, unsigned type)
{
    uint64_t number;

    switch (type) {
    case WIRE_VARINT: return take_varint(envelope, &number);
    case WIRE_64_BITS: return skip(envelope, 8);
    case WIRE_LENGTH: return take_varint(envelope, &number) && skip(envelope, number);
    case WIRE_32_BITS: return skip(envelope, 4);
    default: return false;
    }
}

int envelope_next(struct envelope *envelope, struct envelope_item *ret_item)
{
    uint64_t tag, length;

    while (envelope->length > 0) {
        if (!take_varint(envelope, &tag) || tag > UINT32_MAX || tag >> 3 == 0)
            return ENVELOPE_MALFORMED;
        if (tag >> 3 != ITEM_FIELD) {
            if (!skip_field(envelope, tag & 7))
                return ENVELOPE_MALFORMED;
            continue;
        }
        if (tag != ITEM_TAG || !take_varint(envelope, &length) || length > envelope->length)
            return ENVELOPE_MALFORMED;
        *ret_item = (struct envelope_item){envelope->rest, length};
        (void)skip(envelope, length);
        return 0;
    }
    return ENVELOPE_END;
}

int envelope_count(struct envelope envelope, size_t *ret_count)
{
    struct envelope_item item;
    size_t count = 0;
    int result;

    while ((result = envelope_next(&envelope, &item)) == 0)
        ++count;
    if (result != ENVELOPE_END)
        return result;
    *ret_count = count;
    return 0;
}

static size_t put_varint(unsigned char *place, uint64_t number)
{
    size_t size = 0;

    for (; number >= 0x80; number >>= 7)
        place[size++] = (unsigned char)(number | 0x80);
    place[size++] = (unsigned char)number;
    return size;
}

size_t envelope_item_size(size_t length)
{
    unsigned char varint[VARINT_SIZE_MAX];

    return 1 + put_varint(varint, length) + length;
}

void envelope_append(struct buffer *body, const void *item, size_t length)
{
    unsigned char head[1 + VARINT_SIZE_MAX] = {ITEM_TAG};
    const size_t size = 1 + put_varint(head + 1, length);

    buffer_append(body, head, size);
    buffer_append(body, item, length);
}
