/* What is on its way to endpoints, counted by all threads that send: nothing is leased in
 * PostgreSQL before there is room for it here. */
#pragma once

#include "services/notifier/in_flight.h"

#include <stdbool.h>

struct traffic;

/* Room for `limit` deliveries. */
MUST_CHECK int traffic_new(int64_t limit, struct traffic **ret_traffic, struct error *error);
/* Accepts NULL. */
void traffic_free(struct traffic *traffic);

/* Keeps room for up to `wanted` deliveries, and says for how many; waits up to `timeout_ms` until
 * it is for all of them and no more than the limit are left. Each is to be begun or given back. */
MUST_CHECK int64_t traffic_reserve(struct traffic *traffic, int64_t wanted, int64_t timeout_ms);
void traffic_give_back(struct traffic *traffic, int64_t count);

/* One for which room was kept goes out; and it is over. */
void traffic_begin(struct traffic *traffic, int64_t endpoint_id);
void traffic_end(struct traffic *traffic, int64_t endpoint_id);

/* Deliveries were stored without a lease. */
void traffic_leave(struct traffic *traffic, int64_t count);
/* A look with room for `room` of what is due found `count`. When that is less, all that is left
 * waits behind what is on its way, or for another time. */
void traffic_find(struct traffic *traffic, int64_t count, int64_t room);
/* Something is left, as far as is known. */
MUST_CHECK bool traffic_has_left(struct traffic *traffic);

/* How many are on their way to each endpoint; `ret_flight` was made with the same limit. */
void traffic_copy(struct traffic *traffic, struct in_flight *ret_flight);
