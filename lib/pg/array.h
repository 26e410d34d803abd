/* Between pg_array and pg_args. */
#pragma once

#include "lib/pg/pg.h"

/* The length of an argument that could not be made; the execution is then refused. */
#define PG_ARGS_BROKEN (-1)

/* The array's binary form; NULL: it grew past its bound or out of memory. */
const void *pg_array_encoded(const struct pg_array *array, size_t *ret_length);

/* The type of the array itself, not of its elements. */
unsigned pg_array_oid(const struct pg_array *array);
