#include "services/notifier/traffic.h"

#include "lib/base/condition.h"

#include <assert.h>
#include <stdlib.h>

struct traffic {
    pthread_mutex_t mutex;
    /* There is more room. */
    pthread_cond_t ended;
    struct in_flight flight;
    /* Room that is kept for what has not begun. */
    int64_t reserved;
    /* Stored without a lease and not found since. */
    int64_t left;
};

int traffic_new(int64_t limit, struct traffic **ret_traffic, struct error *error)
{
    struct traffic *traffic = calloc(1, sizeof(*traffic));
    int result;

    if (traffic == NULL)
        return error_set(error, FAULT_HARD, "no memory for what is on its way");
    result = in_flight_init(&traffic->flight, limit, error);
    if (result != 0) {
        free(traffic);
        return result;
    }
    (void)pthread_mutex_init(&traffic->mutex, NULL);
    condition_init(&traffic->ended);
    *ret_traffic = traffic;
    return 0;
}

void traffic_free(struct traffic *traffic)
{
    if (traffic == NULL)
        return;
    in_flight_deinit(&traffic->flight);
    (void)pthread_cond_destroy(&traffic->ended);
    (void)pthread_mutex_destroy(&traffic->mutex);
    free(traffic);
}

static int64_t room_of(const struct traffic *traffic)
{
    return (int64_t)traffic->flight.limit - traffic->flight.total - traffic->reserved;
}

int64_t traffic_reserve(struct traffic *traffic, int64_t wanted, int64_t timeout_ms)
{
    const struct timespec until = condition_deadline_in(timeout_ms);
    int64_t granted;

    (void)pthread_mutex_lock(&traffic->mutex);
    while (timeout_ms > 0 &&
           (room_of(traffic) < wanted || traffic->left > (int64_t)traffic->flight.limit))
        if (pthread_cond_timedwait(&traffic->ended, &traffic->mutex, &until) != 0)
            break;
    granted = room_of(traffic) < wanted ? room_of(traffic) : wanted;
    traffic->reserved += granted;
    (void)pthread_mutex_unlock(&traffic->mutex);
    return granted;
}

void traffic_give_back(struct traffic *traffic, int64_t count)
{
    (void)pthread_mutex_lock(&traffic->mutex);
    assert(traffic->reserved >= count);
    traffic->reserved -= count;
    (void)pthread_cond_signal(&traffic->ended);
    (void)pthread_mutex_unlock(&traffic->mutex);
}

void traffic_begin(struct traffic *traffic, int64_t endpoint_id)
{
    (void)pthread_mutex_lock(&traffic->mutex);
    assert(traffic->reserved > 0);
    --traffic->reserved;
    in_flight_add(&traffic->flight, endpoint_id);
    (void)pthread_mutex_unlock(&traffic->mutex);
}

void traffic_end(struct traffic *traffic, int64_t endpoint_id)
{
    (void)pthread_mutex_lock(&traffic->mutex);
    in_flight_remove(&traffic->flight, endpoint_id);
    (void)pthread_cond_signal(&traffic->ended);
    (void)pthread_mutex_unlock(&traffic->mutex);
}

void traffic_leave(struct traffic *traffic, int64_t count)
{
    (void)pthread_mutex_lock(&traffic->mutex);
    traffic->left += count;
    (void)pthread_mutex_unlock(&traffic->mutex);
}

void traffic_find(struct traffic *traffic, int64_t count, int64_t room)
{
    (void)pthread_mutex_lock(&traffic->mutex);
    traffic->left -= count < traffic->left ? count : traffic->left;
    if (count < room && traffic->left > traffic->flight.total)
        traffic->left = traffic->flight.total;
    (void)pthread_cond_signal(&traffic->ended);
    (void)pthread_mutex_unlock(&traffic->mutex);
}

bool traffic_has_left(struct traffic *traffic)
{
    bool has_left;

    (void)pthread_mutex_lock(&traffic->mutex);
    has_left = traffic->left > 0;
    (void)pthread_mutex_unlock(&traffic->mutex);
    return has_left;
}

void traffic_copy(struct traffic *traffic, struct in_flight *ret_flight)
{
    (void)pthread_mutex_lock(&traffic->mutex);
    in_flight_copy(ret_flight, &traffic->flight);
    (void)pthread_mutex_unlock(&traffic->mutex);
}
