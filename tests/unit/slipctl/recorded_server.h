/* A real HTTP server that gives recorded answers in their order, and remembers what it was sent. */
#pragma once

#include "lib/http/server.h"

#include <pthread.h>

enum { RECORDED_MAX = 32, RECORDED_TEXT_SIZE = 256 };

/* One request that must come, and its answer. */
struct recorded {
    /* Method, path below the API's base and query: "GET /vps/77". */
    const char *request;
    /* What must be sent; NULL: nothing. */
    const char *body;
    unsigned status;
    const char *answer;
    /* NULL: application/json, or application/problem+json from 400 on. */
    const char *type;
    /* Of the answer: "Retry-After: 1"; NULL: none. */
    const char *header;
};

/* Headers of a request; "": not sent. */
struct recorded_head {
    char authorization[RECORDED_TEXT_SIZE], idempotency_key[RECORDED_TEXT_SIZE];
    char prefer[RECORDED_TEXT_SIZE], accept[RECORDED_TEXT_SIZE];
    char timestamp[RECORDED_TEXT_SIZE], signature[RECORDED_TEXT_SIZE];
    char content_type[RECORDED_TEXT_SIZE];
};

struct recorded_server {
    struct http_server *http;
    uint16_t port;
    const struct recorded *script;
    size_t count;
    pthread_mutex_t lock;
    /* Under the lock. */
    size_t served;
    struct recorded_head heads[RECORDED_MAX];
    char complaint[1024];
};

/* The script is borrowed until the server stops. */
void recorded_server_start(struct recorded_server *server, const struct recorded *script,
                           size_t count);
/* Fails the test unless exactly the script was asked for. */
void recorded_server_stop(struct recorded_server *server);
