/* A server for the tests of lib/http. Its endpoints:
 *
 *   /echo      the request as it was understood, one "name=value" a line, then the body
 *   /later     the same, replied by another thread after a while
 *   /instant   the same, replied by another thread at once
 *   /refused   401 in the begin phase; /refused-later: by another thread
 *   /header    sets some headers
 *   /empty     204
 */
#pragma once

#include "lib/http/server.h"

#include <stdatomic.h>

struct test_server {
    struct http_server *http;
    uint16_t port;
    /* Told by `finished`. */
    atomic_int finished_count;
    atomic_uint last_status;
    atomic_size_t last_bytes;
    /* Of exchange data not yet destroyed. */
    atomic_int live_data;
};

/* Limits: header 2048, URI 512, body 4096 bytes; header and body 300 ms, idle 5 s; 16 connections.
 */
void test_server_start(struct test_server *server);
/* With another handler for paths that are not in the list; context is the test_server. */
void test_server_start_with(struct test_server *server, http_phase_fn handler);
void test_server_stop(struct test_server *server);

/* Waits until so many exchanges were told as finished. */
void test_server_await_finished(struct test_server *server, int count);

/* Runs `work` on a thread of its own, which nobody waits for. */
void test_run_detached(void *(*work)(void *context), void *context);
