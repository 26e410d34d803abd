/* Redis publish/subscribe: one connection and thread a process, channels by reference count.
 *
 * Thread-safe. Messages published while the connection is down are lost, as in Redis: the `reset`
 * callback tells subscribers to look again.
 */
#pragma once

#include "lib/redis/redis.h"

struct redis_subscriber;
struct redis_subscription;

/* On the subscriber's thread; must not block. message NULL: subscribed just now (first time or
 * after a reconnect), so whatever was published before is to be read from its source. */
typedef void (*redis_message_fn)(void *context, const char *channel, const char *message,
                                 size_t length);

MUST_CHECK int redis_subscriber_new(const struct redis_options *options,
                                    struct redis_subscriber **ret_subscriber, struct error *error);
void redis_subscriber_free(struct redis_subscriber *subscriber);

/* `channel` is copied. FAULT_HARD: no memory. */
MUST_CHECK int redis_subscribe(struct redis_subscriber *subscriber, const char *channel,
                               redis_message_fn message, void *context,
                               struct redis_subscription **ret_subscription, struct error *error);

/* After this returns the callback is not running and will not run. Accepts NULL. Not to be called
 * from the callback. */
void redis_unsubscribe(struct redis_subscription *subscription);

bool redis_subscriber_is_up(const struct redis_subscriber *subscriber);
