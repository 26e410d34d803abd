/* Numbers as PostgreSQL's binary formats carry them: big-endian, at any address. */
#pragma once

#include <endian.h>
#include <stdint.h>
#include <string.h>

/* pg_type.oid of the types that are passed, and of arrays of them. */
enum {
    OID_BOOL = 16,
    OID_BYTEA = 17,
    OID_INT8 = 20,
    OID_INT4 = 23,
    OID_TEXT = 25,
    OID_TIMESTAMPTZ = 1184,
    OID_BOOL_ARRAY = 1000,
    OID_BYTEA_ARRAY = 1001,
    OID_INT4_ARRAY = 1007,
    OID_TEXT_ARRAY = 1009,
    OID_INT8_ARRAY = 1016,
    OID_TIMESTAMPTZ_ARRAY = 1185,
};

/* PostgreSQL counts from 2000-01-01 UTC. */
#define WIRE_EPOCH_US INT64_C(946684800000000)

static inline void wire_put_u32(void *place, uint32_t number)
{
    const uint32_t big = htobe32(number);

    memcpy(place, &big, sizeof(big));
}

static inline void wire_put_u64(void *place, uint64_t number)
{
    const uint64_t big = htobe64(number);

    memcpy(place, &big, sizeof(big));
}

static inline uint16_t wire_get_u16(const void *place)
{
    uint16_t big;

    memcpy(&big, place, sizeof(big));
    return be16toh(big);
}

static inline uint32_t wire_get_u32(const void *place)
{
    uint32_t big;

    memcpy(&big, place, sizeof(big));
    return be32toh(big);
}

static inline uint64_t wire_get_u64(const void *place)
{
    uint64_t big;

    memcpy(&big, place, sizeof(big));
    return be64toh(big);
}
