#include "services/notifier/in_flight.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int in_flight_init(struct in_flight *flight, int64_t limit, struct error *error)
{
    *flight = (struct in_flight){.limit = (size_t)limit};
    flight->endpoint_ids = calloc(flight->limit, sizeof(*flight->endpoint_ids));
    flight->numbers = calloc(flight->limit, sizeof(*flight->numbers));
    if (flight->endpoint_ids != NULL && flight->numbers != NULL)
        return 0;
    in_flight_deinit(flight);
    return error_set(error, FAULT_HARD, "no memory for what is on its way");
}

void in_flight_deinit(struct in_flight *flight)
{
    free(flight->endpoint_ids);
    free(flight->numbers);
    *flight = (struct in_flight){.limit = 0};
}

void in_flight_copy(struct in_flight *copy, const struct in_flight *flight)
{
    assert(copy->limit == flight->limit);
    memcpy(copy->endpoint_ids, flight->endpoint_ids,
           flight->count * sizeof(flight->endpoint_ids[0]));
    memcpy(copy->numbers, flight->numbers, flight->count * sizeof(flight->numbers[0]));
    copy->count = flight->count;
    copy->total = flight->total;
}

static size_t find(const struct in_flight *flight, int64_t endpoint_id)
{
    size_t i = 0;

    while (i < flight->count && flight->endpoint_ids[i] != endpoint_id)
        ++i;
    return i;
}

void in_flight_add(struct in_flight *flight, int64_t endpoint_id)
{
    const size_t i = find(flight, endpoint_id);

    assert(flight->total < (int64_t)flight->limit);
    if (i == flight->count) {
        flight->endpoint_ids[i] = endpoint_id;
        flight->numbers[i] = 0;
        ++flight->count;
    }
    ++flight->numbers[i];
    ++flight->total;
}

void in_flight_remove(struct in_flight *flight, int64_t endpoint_id)
{
    const size_t i = find(flight, endpoint_id);

    assert(i < flight->count);
    --flight->total;
    if (--flight->numbers[i] > 0)
        return;
    --flight->count;
    flight->endpoint_ids[i] = flight->endpoint_ids[flight->count];
    flight->numbers[i] = flight->numbers[flight->count];
}
