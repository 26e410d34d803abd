/* Arrays as array_send() writes them: dimensions, null flag, element type; then, unless it is
 * empty, length and lower bound of the one dimension; then each element's length (-1: NULL) and
 * bytes. */
#include "lib/pg/array.h"

#include "lib/base/buffer.h"
#include "lib/pg/wire.h"

#include <assert.h>

enum {
    DIMENSIONS_AT = 0,
    HAS_NULL_AT = 4,
    TYPE_AT = 8,
    COUNT_AT = 12,
    LOWER_BOUND_AT = 16,
    HEADER_SIZE = 20,
    EMPTY_SIZE = 12,
    NULL_LENGTH = -1,
    LONGEST = 64 * 1024 * 1024,
};

struct pg_array {
    enum pg_array_type type;
    uint32_t count;
    struct buffer bytes;
};

static const struct {
    unsigned element, array;
    /* Of a number; 0: elements are bytes. */
    uint32_t size;
} types[] = {
    [PG_ARRAY_I64] = {OID_INT8,        OID_INT8_ARRAY,        8},
    [PG_ARRAY_I32] = {OID_INT4,        OID_INT4_ARRAY,        4},
    [PG_ARRAY_BOOL] = {OID_BOOL,        OID_BOOL_ARRAY,        1},
    [PG_ARRAY_TEXT] = {OID_TEXT,        OID_TEXT_ARRAY,        0},
    [PG_ARRAY_BYTES] = {OID_BYTEA,       OID_BYTEA_ARRAY,       0},
    [PG_ARRAY_TIME] = {OID_TIMESTAMPTZ, OID_TIMESTAMPTZ_ARRAY, 8},
};

struct pg_array *pg_array_new(enum pg_array_type type)
{
    CLEANUP(pg_array_free_cleanup) struct pg_array *array = calloc(1, sizeof(*array));

    if (array == NULL)
        return NULL;
    array->type = type;
    array->bytes.limit = LONGEST;
    pg_array_reset(array);
    return array->bytes.overflown ? NULL : TAKE(array);
}

void pg_array_free(struct pg_array *array)
{
    if (array == NULL)
        return;
    buffer_deinit(&array->bytes);
    free(array);
}

void pg_array_reset(struct pg_array *array)
{
    char *header;

    array->count = 0;
    buffer_reset(&array->bytes);
    header = buffer_extend(&array->bytes, HEADER_SIZE);
    if (header == NULL)
        return;
    memset(header, 0, HEADER_SIZE);
    wire_put_u32(header + TYPE_AT, types[array->type].element);
    wire_put_u32(header + LOWER_BOUND_AT, 1);
}

size_t pg_array_length(const struct pg_array *array)
{
    return array->count;
}

/* Counts an element and writes its length; returns where its `size` bytes go, NULL without memory.
 */
static char *push(struct pg_array *array, uint32_t length, size_t size)
{
    char *place = buffer_extend(&array->bytes, sizeof(length) + size);

    if (place == NULL)
        return NULL;
    wire_put_u32(place, length);
    ++array->count;
    wire_put_u32(array->bytes.data + DIMENSIONS_AT, 1);
    wire_put_u32(array->bytes.data + COUNT_AT, array->count);
    return place + sizeof(length);
}

void pg_array_push_number(struct pg_array *array, int64_t number)
{
    const uint32_t size = types[array->type].size;
    char *place;

    assert(size != 0);
    assert(size != sizeof(int32_t) || (number >= INT32_MIN && number <= INT32_MAX));
    place = push(array, size, size);
    if (place == NULL)
        return;
    if (array->type == PG_ARRAY_TIME)
        wire_put_u64(place, (uint64_t)(number - WIRE_EPOCH_US));
    else if (array->type == PG_ARRAY_I64)
        wire_put_u64(place, (uint64_t)number);
    else if (array->type == PG_ARRAY_I32)
        wire_put_u32(place, (uint32_t)number);
    else
        *place = number != 0 ? 1 : 0;
}

void pg_array_push_bytes(struct pg_array *array, const void *data, size_t length)
{
    char *place;

    assert(types[array->type].size == 0);
    if (length > LONGEST) {
        array->bytes.overflown = true;
        return;
    }
    place = push(array, (uint32_t)length, length);
    if (place != NULL && length > 0)
        memcpy(place, data, length);
}

void pg_array_push_text(struct pg_array *array, const char *text)
{
    pg_array_push_bytes(array, text, strlen(text));
}

void pg_array_push_null(struct pg_array *array)
{
    if (push(array, (uint32_t)NULL_LENGTH, 0) != NULL)
        wire_put_u32(array->bytes.data + HAS_NULL_AT, 1);
}

const void *pg_array_encoded(const struct pg_array *array, size_t *ret_length)
{
    if (array->bytes.overflown)
        return NULL;
    *ret_length = array->count > 0 ? array->bytes.length : EMPTY_SIZE;
    return array->bytes.data;
}

unsigned pg_array_oid(const struct pg_array *array)
{
    return types[array->type].array;
}
