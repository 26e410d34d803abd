#include "lib/pg/connection.h"
#include "lib/pg/wire.h"

#include <assert.h>

/* struct pg_rows is never defined: a pointer to one is libpq's PGresult under a name that lets no
 * libpq into the stores, and costs no allocation. */
static const PGresult *result_of(const struct pg_rows *rows)
{
    return (const PGresult *)rows;
}

struct pg_rows *pg_rows_from(PGresult *result)
{
    return (struct pg_rows *)result;
}

void pg_rows_free(struct pg_rows *rows)
{
    PQclear((PGresult *)rows);
}

int pg_rows_count(const struct pg_rows *rows)
{
    return PQntuples(result_of(rows));
}

bool pg_rows_is_null(const struct pg_rows *rows, int row, int column)
{
    return PQgetisnull(result_of(rows), row, column) == 1;
}

int64_t pg_rows_i64(const struct pg_rows *rows, int row, int column)
{
    const char *value = PQgetvalue(result_of(rows), row, column);
    const int length = PQgetlength(result_of(rows), row, column);

    if (pg_rows_is_null(rows, row, column))
        return 0;
    if (length == sizeof(int64_t))
        return (int64_t)wire_get_u64(value);
    if (length == sizeof(int32_t))
        return (int32_t)wire_get_u32(value);
    assert(length == sizeof(int16_t));
    return (int16_t)wire_get_u16(value);
}

bool pg_rows_bool(const struct pg_rows *rows, int row, int column)
{
    return !pg_rows_is_null(rows, row, column) && PQgetvalue(result_of(rows), row, column)[0] != 0;
}

int64_t pg_rows_time_us(const struct pg_rows *rows, int row, int column)
{
    if (pg_rows_is_null(rows, row, column))
        return 0;
    assert(PQgetlength(result_of(rows), row, column) == sizeof(int64_t));
    return (int64_t)wire_get_u64(PQgetvalue(result_of(rows), row, column)) + WIRE_EPOCH_US;
}

const char *pg_rows_text(const struct pg_rows *rows, int row, int column)
{
    /* libpq gives "" for NULL. */
    return PQgetvalue(result_of(rows), row, column);
}

const void *pg_rows_bytes(const struct pg_rows *rows, int row, int column, size_t *ret_length)
{
    *ret_length = (size_t)PQgetlength(result_of(rows), row, column);
    return pg_rows_is_null(rows, row, column) ? NULL : PQgetvalue(result_of(rows), row, column);
}
