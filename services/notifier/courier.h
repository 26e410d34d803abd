/* Sends the notices of one channel, one at a time, on a thread of its own.
 *
 * A notice is marked as "sending" before it is handed to the channel and as sent after the channel
 * was accepted. Between the two lies the window in which a death leaves nobody to know: such a
 * notice ends as "uncertain" and is not sent again, for a person minds two of the same more than a
 * webhook does. */
#pragma once

#include "lib/base/error.h"
#include "lib/service/metrics.h"
#include "services/notifier/notice.h"
#include "services/notifier/notice_store.h"
#include "services/notifier/user_finder.h"

struct courier;

/* Blocks until it is known what became of it. `text` and `notice` are borrowed for the call. */
typedef void (*courier_send_fn)(void *context, const struct notice *notice,
                                const struct notice_text *text, struct notice_outcome *ret_outcome);

struct courier_options {
    const char *conninfo;
    /* "email", "telegram": a text constant. */
    const char *channel;
    int64_t interval_ms, daily_limit;
    int64_t retry_first_ms, retry_longest_ms;
    /* Longest time the channel takes for one. */
    int64_t send_limit_ms;
    /* Between two of them. */
    int64_t pause_ms;
    /* The channel writes to chats. */
    bool needs_chat;
    /* Asks which one a user has that has chosen none; NULL: nobody can be asked. Borrowed. */
    struct user_finder *finder;
    courier_send_fn send;
    void *context;
    struct metrics *metrics;
};

MUST_CHECK int courier_new(const struct courier_options *options, struct courier **ret_courier,
                           struct error *error);
/* What is being sent is waited for. Accepts NULL. */
void courier_free(struct courier *courier);

/* Something may be due. Any thread; never blocks. */
void courier_wake(struct courier *courier);

/* The outcome of something that was surely not accepted: again later, by the waits of the options,
 * or when the channel has said so (0: it has not). For channels. */
void courier_retry(struct notice_outcome *outcome, int64_t asked_ms, const char *why);
