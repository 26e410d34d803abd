/* Who listens to which channel, and what Redis is to be told of it. Thread-safe; the connection
 * belongs to the subscriber's thread. Private to lib/redis. */
#pragma once

#include "lib/base/buffer.h"
#include "lib/redis/subscriber.h"

struct subscriptions;

/* `wakeup` (an eventfd, borrowed) is written when there are new commands. NULL: no memory. */
struct subscriptions *subscriptions_new(int wakeup);
/* Nobody may be subscribed any more. Accepts NULL. */
void subscriptions_free(struct subscriptions *subscriptions);

MUST_CHECK int subscriptions_add(struct subscriptions *subscriptions, const char *channel,
                                 redis_message_fn message, void *context,
                                 struct redis_subscription **ret_subscription, struct error *error);

/* The connection is new: every channel is subscribed again. */
void subscriptions_connected(struct subscriptions *subscriptions);
void subscriptions_disconnected(struct subscriptions *subscriptions);

/* Moves the commands not sent yet to the end of `output`. */
void subscriptions_take_commands(struct subscriptions *subscriptions, struct buffer *output);

/* Runs the callbacks that a reply from Redis asks for. */
void subscriptions_hear(struct subscriptions *subscriptions, const struct redisReply *reply);
