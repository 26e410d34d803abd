#include "services/gateway/body_fields.h"

uint64_t body_read_user_id(struct json_reader *reader)
{
    int64_t user_id = 0;

    if (json_reader_has(reader, "user_id"))
        (void)json_reader_integer(reader, "user_id", 1, INT64_MAX, &user_id);
    return (uint64_t)user_id;
}

uint32_t body_read_period(struct json_reader *reader)
{
    int64_t months = 0;

    (void)json_reader_integer(reader, "period_months", INT64_MIN, INT64_MAX, &months);
    return months > 0 && months <= UINT32_MAX ? (uint32_t)months : 0;
}
