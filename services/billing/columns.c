#include "services/billing/columns.h"

#include <assert.h>

bool columns_init(struct columns *columns, const enum pg_array_type *types, size_t count)
{
    assert(count <= COLUMNS_MAX);
    *columns = (struct columns){.count = count};
    for (size_t i = 0; i < count; ++i) {
        columns->arrays[i] = pg_array_new(types[i]);
        if (columns->arrays[i] == NULL)
            return true;
    }
    return false;
}

void columns_deinit(struct columns *columns)
{
    for (size_t i = 0; i < columns->count; ++i)
        pg_array_free(columns->arrays[i]);
    columns->count = 0;
}

void columns_reset(struct columns *columns)
{
    for (size_t i = 0; i < columns->count; ++i)
        pg_array_reset(columns->arrays[i]);
}

size_t columns_rows(const struct columns *columns)
{
    return pg_array_length(columns->arrays[0]);
}

void columns_args(const struct columns *columns, struct pg_args *args)
{
    for (size_t i = 0; i < columns->count; ++i)
        pg_args_array(args, columns->arrays[i]);
}

int columns_queue(const struct columns *columns, struct pg *pg,
                  const struct pg_statement *statement, int64_t time_us, struct error *error)
{
    struct pg_args args = {0};

    if (columns_rows(columns) == 0)
        return 0;
    columns_args(columns, &args);
    pg_args_time(&args, time_us);
    return pg_pipeline_queue(pg, statement, &args, error);
}

int columns_queue_timeless(const struct columns *columns, struct pg *pg,
                           const struct pg_statement *statement, struct error *error)
{
    struct pg_args args = {0};

    if (columns_rows(columns) == 0)
        return 0;
    columns_args(columns, &args);
    return pg_pipeline_queue(pg, statement, &args, error);
}

void columns_push_id(struct columns *columns, size_t column, int64_t id)
{
    if (id == 0)
        pg_array_push_null(columns->arrays[column]);
    else
        pg_array_push_number(columns->arrays[column], id);
}

void columns_push_text(struct columns *columns, size_t column, const char *text)
{
    if (text == NULL)
        pg_array_push_null(columns->arrays[column]);
    else
        pg_array_push_text(columns->arrays[column], text);
}

void columns_push_nonempty(struct columns *columns, size_t column, const char *text)
{
    columns_push_text(columns, column, text[0] == '\0' ? NULL : text);
}
