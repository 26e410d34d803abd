/* One connection to Redis for one thread: connect, authenticate, bytes out, replies in. */
#pragma once

#include "lib/base/buffer.h"
#include "lib/redis/redis.h"

struct redisContext;

/* What a thread needs to know of redis_options, owned. */
struct redis_address {
    char *host;
    char *password;
    int64_t port, connect_timeout_ms, answer_timeout_ms;
};

/* Zero-initialise it. */
struct redis_link {
    struct redisContext *context;
    /* Commands not sent yet start at `sent`. */
    struct buffer output;
    size_t sent;
};

/* Waits until Redis has taken the password and answers a PING, or fails with FAULT_RETRY. */
MUST_CHECK int redis_link_open(struct redis_link *link, const struct redis_address *address,
                               struct error *error);

/* Also empties the output. May be called when closed. */
void redis_link_close(struct redis_link *link);

/* Waits for Redis or for `wakeup` (an eventfd, which it drains) for up to `timeout_ms` (negative:
 * for ever), and moves bytes both ways. FAULT_RETRY: the connection is lost. */
MUST_CHECK int redis_link_exchange(struct redis_link *link, int wakeup, int64_t timeout_ms,
                                   struct error *error);

/* *ret_reply NULL: no whole reply has arrived; else the caller's to freeReplyObject(). */
MUST_CHECK int redis_link_next_reply(struct redis_link *link, struct redisReply **ret_reply,
                                     struct error *error);

MUST_CHECK int redis_address_init(struct redis_address *address,
                                  const struct redis_options *options, struct error *error);
void redis_address_deinit(struct redis_address *address);

/* The wait for a wakeup while there is no connection. */
void redis_wakeup_wait(int wakeup, int64_t timeout_ms);
void redis_wakeup_send(int wakeup);
