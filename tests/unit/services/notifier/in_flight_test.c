#include "services/notifier/in_flight.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static int32_t number_of(const struct in_flight *flight, int64_t endpoint_id)
{
    for (size_t i = 0; i < flight->count; ++i)
        if (flight->endpoint_ids[i] == endpoint_id)
            return flight->numbers[i];
    return 0;
}

static void each_endpoint_is_counted_and_forgotten_when_nothing_is_left(void **state)
{
    struct in_flight flight;

    (void)state;
    assert_int_equal(in_flight_init(&flight, 4, NULL), 0);
    for (int i = 0; i < 3; ++i)
        in_flight_add(&flight, 7);
    in_flight_add(&flight, 8);
    assert_int_equal(flight.total, 4);
    assert_int_equal(number_of(&flight, 7), 3);
    assert_int_equal(number_of(&flight, 8), 1);
    for (int i = 0; i < 3; ++i)
        in_flight_remove(&flight, 7);
    assert_int_equal(number_of(&flight, 7), 0);
    assert_int_equal(number_of(&flight, 8), 1);
    assert_int_equal(flight.count, 1);
    in_flight_remove(&flight, 8);
    assert_int_equal(flight.total, 0);
    in_flight_deinit(&flight);
}

static void there_is_room_for_as_many_endpoints_as_deliveries(void **state)
{
    struct in_flight flight;

    (void)state;
    assert_int_equal(in_flight_init(&flight, 64, NULL), 0);
    for (int64_t id = 0; id < 64; ++id)
        in_flight_add(&flight, id);
    assert_int_equal(flight.count, 64);
    for (int64_t id = 0; id < 64; ++id)
        in_flight_remove(&flight, id);
    assert_int_equal(flight.count, 0);
    in_flight_deinit(&flight);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_endpoint_is_counted_and_forgotten_when_nothing_is_left),
        cmocka_unit_test(there_is_room_for_as_many_endpoints_as_deliveries),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
