/* Kills the writers' sessions of a test's database at any point of their work, COMMIT included,
 * until it is told to stop. */
#pragma once

#include "tests/support/billing_database.h"

#include <pthread.h>
#include <stdatomic.h>

struct session_killer {
    const struct billing_database *database;
    pthread_t thread;
    atomic_bool stops;
};

void session_killer_start(struct session_killer *killer, const struct billing_database *database);
void session_killer_stop(struct session_killer *killer);
