#include "lib/http/router.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct endpoint {
    struct route route;
    int number;
};

static const struct endpoint table[] = {
    {{"GET", "/vps"},                               1},
    {{"POST", "/vps"},                              2},
    {{"GET", "/vps/{vps_id}"},                      3},
    {{"GET", "/vps/catalog"},                       4},
    {{"DELETE", "/vps/{vps_id}"},                   5},
    {{"POST", "/vps/buy:bulk"},                     6},
    {{"POST", "/vps/{vps_id}/power/{action}"},      7},
    {{"GET", "/deposits/{provider}/{external_id}"}, 8},
};

static int match(const char *method, const char *path, struct route_match *ret_match)
{
    return router_match(table, ARRAY_LENGTH(table), sizeof(table[0]), method, path, ret_match);
}

static int number_of(const char *method, const char *path)
{
    struct route_match found = {0};

    assert_int_equal(match(method, path, &found), 0);
    return ((const struct endpoint *)(const void *)found.route)->number;
}

static void paths_find_their_endpoints(void **state)
{
    (void)state;
    assert_int_equal(number_of("GET", "/vps"), 1);
    assert_int_equal(number_of("POST", "/vps"), 2);
    assert_int_equal(number_of("GET", "/vps/77"), 3);
    assert_int_equal(number_of("DELETE", "/vps/77"), 5);
    assert_int_equal(number_of("POST", "/vps/buy:bulk"), 6);
}

static void a_literal_segment_wins_over_a_parameter(void **state)
{
    (void)state;
    assert_int_equal(number_of("GET", "/vps/catalog"), 4);
    assert_int_equal(number_of("GET", "/vps/catalogue"), 3);
}

static void head_is_answered_by_get(void **state)
{
    (void)state;
    assert_int_equal(number_of("HEAD", "/vps/77"), 3);
}

static void parameters_come_in_the_order_of_the_pattern(void **state)
{
    struct route_match found = {0};

    (void)state;
    assert_int_equal(match("POST", "/vps/77/power/power-toggle", &found), 0);
    assert_string_equal(found.parameters[0], "77");
    assert_string_equal(found.parameters[1], "power-toggle");
}

static void other_methods_are_told_what_is_allowed(void **state)
{
    struct route_match found = {0};

    (void)state;
    assert_int_equal(match("PUT", "/vps", &found), ROUTE_METHOD_NOT_ALLOWED);
    assert_string_equal(found.allow, "GET, HEAD, POST");
    assert_int_equal(match("PATCH", "/vps/77", &found), ROUTE_METHOD_NOT_ALLOWED);
    assert_string_equal(found.allow, "GET, HEAD, DELETE");
    assert_int_equal(match("GET", "/vps/buy:bulk", &found), ROUTE_METHOD_NOT_ALLOWED);
    assert_string_equal(found.allow, "POST");
}

static void other_paths_are_not_found(void **state)
{
    static const char *const paths[] = {
        "",    "/",     "vps",           "/vps/",        "//vps", "/vps//power/stop",
        "/vp", "/vpss", "/vps/77/power", "/deposits//1",
    };
    struct route_match found = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(paths); i++)
        assert_int_equal(match("GET", paths[i], &found), ROUTE_NOT_FOUND);
}

static void a_parameter_has_room_for_127_bytes(void **state)
{
    char path[ROUTE_PARAMETER_SIZE + 8] = "/vps/";
    struct route_match found = {0};

    (void)state;
    memset(path + 5, '7', ROUTE_PARAMETER_SIZE - 1);
    assert_int_equal(match("GET", path, &found), 0);
    assert_int_equal(strlen(found.parameters[0]), ROUTE_PARAMETER_SIZE - 1);
    path[5 + ROUTE_PARAMETER_SIZE - 1] = '7';
    assert_int_equal(match("GET", path, &found), ROUTE_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_find_their_endpoints),
        cmocka_unit_test(a_literal_segment_wins_over_a_parameter),
        cmocka_unit_test(head_is_answered_by_get),
        cmocka_unit_test(parameters_come_in_the_order_of_the_pattern),
        cmocka_unit_test(other_methods_are_told_what_is_allowed),
        cmocka_unit_test(other_paths_are_not_found),
        cmocka_unit_test(a_parameter_has_room_for_127_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
