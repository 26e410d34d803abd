#include "services/notifier/traffic.h"

#include <pthread.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void there_is_no_more_room_than_the_limit_leaves(void **state)
{
    struct traffic *traffic = NULL;

    (void)state;
    assert_int_equal(traffic_new(5, &traffic, NULL), 0);
    assert_int_equal(traffic_reserve(traffic, 3, 0), 3);
    assert_int_equal(traffic_reserve(traffic, 3, 0), 2);
    assert_int_equal(traffic_reserve(traffic, 3, 1), 0);
    traffic_begin(traffic, 7);
    assert_int_equal(traffic_reserve(traffic, 1, 0), 0);
    traffic_end(traffic, 7);
    assert_int_equal(traffic_reserve(traffic, 9, 0), 1);
    traffic_give_back(traffic, 5);
    assert_int_equal(traffic_reserve(traffic, 9, 0), 5);
    traffic_give_back(traffic, 5);
    traffic_free(traffic);
    traffic_free(NULL);
}

static void what_has_begun_is_counted_by_endpoint_until_it_ends(void **state)
{
    struct traffic *traffic = NULL;
    struct in_flight flight;

    (void)state;
    assert_int_equal(traffic_new(4, &traffic, NULL), 0);
    assert_int_equal(in_flight_init(&flight, 4, NULL), 0);
    assert_int_equal(traffic_reserve(traffic, 4, 0), 4);
    for (int i = 0; i < 3; ++i)
        traffic_begin(traffic, 7);
    traffic_copy(traffic, &flight);
    assert_int_equal(flight.total, 3);
    assert_int_equal(flight.count, 1);
    assert_int_equal(flight.numbers[0], 3);
    traffic_end(traffic, 7);
    traffic_copy(traffic, &flight);
    assert_int_equal(flight.total, 2);
    traffic_end(traffic, 7);
    traffic_end(traffic, 7);
    in_flight_deinit(&flight);
    traffic_free(traffic);
}

static void *end_one(void *context)
{
    traffic_end(context, 7);
    return NULL;
}

static void who_waits_for_room_has_it_as_soon_as_one_ends(void **state)
{
    struct traffic *traffic = NULL;
    pthread_t thread;

    (void)state;
    assert_int_equal(traffic_new(1, &traffic, NULL), 0);
    assert_int_equal(traffic_reserve(traffic, 1, 0), 1);
    traffic_begin(traffic, 7);
    assert_int_equal(pthread_create(&thread, NULL, end_one, traffic), 0);
    assert_int_equal(traffic_reserve(traffic, 1, 60000), 1);
    assert_int_equal(pthread_join(thread, NULL), 0);
    traffic_give_back(traffic, 1);
    traffic_free(traffic);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_is_no_more_room_than_the_limit_leaves),
        cmocka_unit_test(what_has_begun_is_counted_by_endpoint_until_it_ends),
        cmocka_unit_test(who_waits_for_room_has_it_as_soon_as_one_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
