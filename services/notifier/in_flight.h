/* How many deliveries are on their way to each endpoint. Pure; one thread's own. */
#pragma once

#include "lib/base/error.h"

#include <stdint.h>

struct in_flight {
    /* The first `count` of each are in use; owned. */
    int64_t *endpoint_ids;
    int32_t *numbers;
    size_t count, limit;
    /* In all. */
    int64_t total;
};

/* Room for `limit` deliveries. */
MUST_CHECK int in_flight_init(struct in_flight *flight, int64_t limit, struct error *error);
void in_flight_deinit(struct in_flight *flight);

/* Both were made with the same limit. */
void in_flight_copy(struct in_flight *copy, const struct in_flight *flight);

/* At most `limit` may be on their way (assert). */
void in_flight_add(struct in_flight *flight, int64_t endpoint_id);
/* One of that endpoint must be on its way (assert). */
void in_flight_remove(struct in_flight *flight, int64_t endpoint_id);
