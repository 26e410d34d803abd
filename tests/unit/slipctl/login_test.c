#include "program.h"
#include "recorded_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct recorded me = {
    .request = "GET /users/me",
    .status = 200,
    .answer = "{\"principal\":{\"name\":\"reseller acme\"},\"user\":{\"id\":42}}",
};

struct world {
    struct program program;
    struct recorded_server server;
    char url[64], path[128];
};

/* A server that is asked so often who the key belongs to. */
static void start(struct world *world, size_t requests)
{
    static struct recorded script[RECORDED_MAX];

    for (size_t i = 0; i < requests; ++i)
        script[i] = me;
    program_init(&world->program);
    recorded_server_start(&world->server, script, requests);
    program_url(world->server.port, world->url, sizeof(world->url));
    (void)snprintf(world->path, sizeof(world->path), "%s/slipway/config", world->program.folder);
}

static void stop(struct world *world)
{
    recorded_server_stop(&world->server);
    program_deinit(&world->program);
}

static void log_in(struct world *world, const char *key, int code)
{
    char input[256];

    (void)snprintf(input, sizeof(input), "%s\n%s\n", world->url, key);
    program_run(&world->program, 0, "login", input);
    assert_int_equal(world->program.code, code);
    assert_null(strstr(world->program.err, key));
    assert_null(strstr(world->program.out, key));
}

static void a_login_is_kept_for_later_commands(void **state)
{
    struct world world;
    struct stat status;

    (void)state;
    start(&world, 2);
    log_in(&world, PROGRAM_KEY, 0);
    assert_int_equal(stat(world.path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    program_expect(&world.program, 0, "whoami", 0);
    assert_string_equal(world.server.heads[1].authorization, "Bearer " PROGRAM_KEY);
    stop(&world);
}

static void a_key_may_come_alone_when_the_address_is_named(void **state)
{
    struct world world;
    char words[128];

    (void)state;
    start(&world, 1);
    (void)snprintf(words, sizeof(words), "login --url %s", world.url);
    program_run(&world.program, 0, words, PROGRAM_KEY);
    assert_int_equal(world.program.code, 0);
    assert_int_equal(access(world.path, F_OK), 0);
    stop(&world);
}

static void what_is_no_key_is_neither_sent_nor_kept(void **state)
{
    struct world world;

    (void)state;
    start(&world, 0);
    log_in(&world, "hunter2", 4);
    log_in(&world, "slip_hosting_!123456789abcdefghijABCDEFGHIJKL", 4);
    program_run(&world.program, 0, "login", "");
    assert_int_equal(world.program.code, 2);
    program_run(&world.program, 0, "login", "http://example.com\n" PROGRAM_KEY "\n");
    assert_int_equal(world.program.code, 2);
    assert_int_not_equal(access(world.path, F_OK), 0);
    stop(&world);
}

static void a_key_that_the_server_does_not_know_is_not_kept(void **state)
{
    static const struct recorded refused = {
        .request = "GET /users/me", .status = 401, .answer = "{\"code\":\"unauthorized\"}"};
    struct world world;

    (void)state;
    start(&world, 1);
    world.server.script = &refused;
    log_in(&world, PROGRAM_KEY, 4);
    assert_int_not_equal(access(world.path, F_OK), 0);
    stop(&world);
}

static void a_login_that_others_may_read_is_not_used(void **state)
{
    struct world world;

    (void)state;
    start(&world, 1);
    log_in(&world, PROGRAM_KEY, 0);
    assert_int_equal(chmod(world.path, 0640), 0);
    program_expect(&world.program, 0, "whoami", 4);
    assert_non_null(strstr(world.program.err, "others may read or change it"));
    stop(&world);
}

static void a_stored_key_is_sent_to_its_own_server_only(void **state)
{
    struct world world;
    char words[128];

    (void)state;
    start(&world, 2);
    log_in(&world, PROGRAM_KEY, 0);
    program_expect(&world.program, 0, "whoami --url http://127.0.0.1:1", 4);
    assert_non_null(strstr(world.program.err, "belongs to another server"));
    (void)snprintf(words, sizeof(words), "whoami --url %s/", world.url);
    program_expect(&world.program, 0, words, 0);
    stop(&world);
}

static void without_a_login_nothing_is_sent(void **state)
{
    struct world world;

    (void)state;
    start(&world, 0);
    program_expect(&world.program, 0, "list", 4);
    assert_non_null(strstr(world.program.err, "You are not logged in"));
    assert_int_equal(setenv("SLIPWAY_KEY", PROGRAM_KEY, 1), 0);
    program_expect(&world.program, 0, "list", 4);
    assert_non_null(strstr(world.program.err, "set SLIPWAY_URL"));
    assert_int_equal(unsetenv("SLIPWAY_KEY"), 0);
    assert_int_equal(setenv("SLIPWAY_URL", world.url, 1), 0);
    program_expect(&world.program, 0, "list", 4);
    assert_int_equal(setenv("SLIPWAY_KEY", "hunter2", 1), 0);
    program_expect(&world.program, 0, "list", 4);
    assert_null(strstr(world.program.err, "hunter2"));
    assert_int_equal(setenv("SLIPWAY_URL", "http://example.com", 1), 0);
    assert_int_equal(setenv("SLIPWAY_KEY", PROGRAM_KEY, 1), 0);
    program_expect(&world.program, 0, "list", 2);
    stop(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_login_is_kept_for_later_commands),
        cmocka_unit_test(a_key_may_come_alone_when_the_address_is_named),
        cmocka_unit_test(what_is_no_key_is_neither_sent_nor_kept),
        cmocka_unit_test(a_key_that_the_server_does_not_know_is_not_kept),
        cmocka_unit_test(a_login_that_others_may_read_is_not_used),
        cmocka_unit_test(a_stored_key_is_sent_to_its_own_server_only),
        cmocka_unit_test(without_a_login_nothing_is_sent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
