/* A Redis of the test's own on a free port of loopback, which it may stop, kill and start again. */
#pragma once

#include "lib/redis/redis.h"

#include <sys/types.h>

#define REDIS_PROCESS_PASSWORD "a test's password"

struct redis_process {
    int64_t port;
    pid_t pid;
};

/* Chooses the port and starts. Ends the test program when there is no redis-server. */
void redis_process_init(struct redis_process *process);
void redis_process_deinit(struct redis_process *process);

/* Waits until it takes connections. */
void redis_process_start(struct redis_process *process);
void redis_process_kill(struct redis_process *process);

struct redis_options redis_process_options(const struct redis_process *process);

/* Waits until `redis` is up or down; false after ten seconds. */
bool redis_process_await(const struct redis *redis, bool up);
