#include "tests/support/session_killer.h"

#include "lib/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sodium.h>

static void *kill_sessions(void *context)
{
    struct session_killer *killer = context;
    struct pg *pg = billing_database_connect(killer->database->superuser);

    while (!atomic_load(&killer->stops)) {
        struct error error;

        if (pg_execute_script(pg,
                              "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                              " WHERE datname = current_database()"
                              " AND application_name = 'slipway-billing-writer'",
                              &error) != 0)
            print_message("%s\n", error.text);
        clock_sleep_ms(100 + randombytes_uniform(900));
    }
    pg_free(pg);
    return NULL;
}

void session_killer_start(struct session_killer *killer, const struct billing_database *database)
{
    killer->database = database;
    atomic_init(&killer->stops, false);
    assert_int_equal(pthread_create(&killer->thread, NULL, kill_sessions, killer), 0);
}

void session_killer_stop(struct session_killer *killer)
{
    atomic_store(&killer->stops, true);
    (void)pthread_join(killer->thread, NULL);
}
