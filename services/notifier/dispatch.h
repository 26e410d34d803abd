/* Sends what is due to the endpoints and writes down what became of it.
 *
 * The intake hands over what it leased as it stored it; one thread claims the rest and settles, and
 * libcurl's sends: nobody waits for a slow endpoint. An endpoint has a few deliveries on its way at
 * once, one while it fails; within an endpoint a delivery waits for the one before it of the same
 * subject (one server), so the order of a server's events is kept, and one that fails holds up its
 * own server only. A lease ends by itself: what a dead process had on its way is due again then. */
#pragma once

#include "lib/base/error.h"
#include "lib/service/metrics.h"
#include "services/notifier/backoff.h"
#include "services/notifier/intake_store.h"
#include "services/notifier/signature.h"

#include <stdbool.h>

struct dispatch;

struct dispatch_options {
    const char *conninfo;
    /* Between two looks for what is due, when nothing wakes it. */
    int64_t interval_ms;
    /* On their way at once, in all and to one endpoint. */
    int64_t in_flight_limit, endpoint_limit;
    int64_t connect_timeout_ms, timeout_ms;
    struct backoff_rule retry;
    /* An endpoint that accepts nothing for so long is switched off. */
    int64_t failing_limit_ms;
    int64_t keep_days;
    /* By which users are told of endpoints that were switched off. */
    struct notice_channels channels;
    /* Development: endpoints on this machine. */
    bool allows_loopback;
    /* "": the system's authorities. */
    const char *ca_file;
    /* Borrowed. */
    const uint8_t *secret_key;
    struct metrics *metrics;
};

MUST_CHECK int dispatch_new(const struct dispatch_options *options, struct dispatch **ret_dispatch,
                            struct error *error);
/* What is on its way is given up and due again later. Accepts NULL. */
void dispatch_free(struct dispatch *dispatch);

/* Something may be due. Any thread; never blocks. */
void dispatch_wake(struct dispatch *dispatch);

/* Keeps room for up to `wanted` deliveries that are about to be leased, and says for how many;
 * waits up to `timeout_ms` for all of it. To be followed by dispatch_take_over(). Any thread. */
MUST_CHECK struct intake_lease dispatch_reserve(struct dispatch *dispatch, int64_t wanted,
                                                int64_t timeout_ms);
/* Sends those of the rows that are leased, at most `room`, and gives the other room back; looks for
 * the rest later. `rows` as intake_store_write() gave them; NULL: none. */
void dispatch_take_over(struct dispatch *dispatch, const struct pg_rows *rows, int64_t room);
