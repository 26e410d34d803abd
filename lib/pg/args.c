#include "lib/pg/array.h"
#include "lib/pg/wire.h"

#include <assert.h>
#include <limits.h>

static int add(struct pg_args *args, unsigned type, const void *value, size_t length)
{
    const int index = args->count;

    assert(index < PG_ARGS_MAX);
    assert(length <= INT_MAX);
    args->types[index] = type;
    args->values[index] = value;
    args->lengths[index] = (int)length;
    args->count = index + 1;
    return index;
}

/* A number whose bytes stand in the arguments themselves; returns where they go. */
static void *add_number(struct pg_args *args, unsigned type, size_t length)
{
    const int index = add(args, type, NULL, length);

    args->values[index] = (const char *)&args->numbers[index];
    return &args->numbers[index];
}

void pg_args_i64(struct pg_args *args, int64_t number)
{
    wire_put_u64(add_number(args, OID_INT8, sizeof(number)), (uint64_t)number);
}

void pg_args_i32(struct pg_args *args, int32_t number)
{
    wire_put_u32(add_number(args, OID_INT4, sizeof(number)), (uint32_t)number);
}

void pg_args_bool(struct pg_args *args, bool value)
{
    const char byte = value ? 1 : 0;

    memcpy(add_number(args, OID_BOOL, 1), &byte, 1);
}

void pg_args_time(struct pg_args *args, int64_t time_us)
{
    wire_put_u64(add_number(args, OID_TIMESTAMPTZ, sizeof(time_us)),
                 (uint64_t)(time_us - WIRE_EPOCH_US));
}

void pg_args_text(struct pg_args *args, const char *text)
{
    (void)add(args, OID_TEXT, text, text != NULL ? strlen(text) : 0);
}

void pg_args_bytes(struct pg_args *args, const void *data, size_t length)
{
    (void)add(args, OID_BYTEA, length > 0 ? data : "", length);
}

void pg_args_array(struct pg_args *args, const struct pg_array *array)
{
    size_t length = 0;
    const void *data = pg_array_encoded(array, &length);
    const int index = add(args, pg_array_oid(array), data, length);

    if (data == NULL)
        args->lengths[index] = PG_ARGS_BROKEN;
}
