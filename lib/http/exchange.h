/* One request and its reply, inside the server. It lives from the request line until
 * libmicrohttpd is done with the reply, and is freed on the connection's server thread. */
#pragma once

#include "lib/http/deadlines.h"
#include "lib/http/server_private.h"

enum exchange_step {
    /* The request line is in. */
    STEP_NEW,
    STEP_BEGIN,
    /* What comes is body, until it ends. */
    STEP_BODY,
    STEP_HANDLE,
    /* The reply is there; the next call takes it. */
    STEP_REPLY,
};

/* How a phase ended. */
enum exchange_outcome {
    OUTCOME_PROCEED,
    OUTCOME_REPLY,
    OUTCOME_STREAM,
};

/* Who goes on with the exchange when a phase has ended: the server thread that runs the phase, or,
 * if that has left (the connection is suspended), nobody until it is resumed. */
enum exchange_turn {
    TURN_RUNNING,
    TURN_SUSPENDED,
    TURN_ENDED,
};

enum { REPLY_HEADERS_MAX = 16 };

struct reply_header {
    /* "name\0value\0", owned. */
    char *name;
    const char *value;
};

struct reply {
    unsigned status;
    char content_type[64];
    struct buffer body;
    struct reply_header headers[REPLY_HEADERS_MAX];
    size_t header_count;
};

struct http_exchange {
    struct http_server *server;
    struct connection *connection;
    struct MHD_Connection *mhd;
    const char *method;
    enum exchange_step step;
    atomic_int turn;
    enum exchange_outcome outcome;
    /* Counted as open. */
    bool is_open;
    bool has_body;
    uint64_t announced_length;
    int64_t started_us;
    struct trace trace;
    struct buffer body;
    void *data;
    void (*destroy_data)(void *data);
    struct reply reply;
    size_t reply_bytes;
    /* The caller's and the response's; borrowed here. */
    struct http_stream *stream;
    /* What is wrong with the target, PROBLEM_NONE: nothing. */
    enum problem_code target_problem;
    /* All three stand behind the struct. */
    char *target, *path, *query_pairs;
    size_t query_count;
};

/* On the request line. NULL: no memory. `target` may be NULL. */
struct http_exchange *exchange_new(struct http_server *server, struct MHD_Connection *mhd,
                                   struct connection *connection, const char *target);
void exchange_free(struct http_exchange *exchange);

/* Ends the phase, from any thread; the exchange is not the caller's afterwards. */
void exchange_hand_over(struct http_exchange *exchange, enum exchange_outcome outcome);
/* MHD_resume_connection(), counted so that the server is not freed under it. */
void exchange_resume(struct http_server *server, struct MHD_Connection *mhd);

/* content_type NULL: none. */
void exchange_set_content_type(struct http_exchange *exchange, const char *content_type);
/* Fills the reply without ending the phase. */
void exchange_set_problem(struct http_exchange *exchange, const struct problem *problem);
/* Gives the filled reply to libmicrohttpd. */
enum MHD_Result exchange_queue_reply(struct http_exchange *exchange);
void reply_deinit(struct reply *reply);
