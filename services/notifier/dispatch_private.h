/* The parts of a dispatch: what is sent (dispatch_send.c), and what comes of it (dispatch.c).
 * Private. */
#pragma once

#include "lib/base/queue.h"
#include "services/notifier/channel_webhook.h"
#include "services/notifier/dispatch.h"
#include "services/notifier/traffic.h"

#include <pthread.h>
#include <stdatomic.h>

enum { RESULT_TEXT_SIZE = 128 };

struct dispatch {
    struct dispatch_options options;
    struct webhook_client *webhooks;
    /* Outcomes that are not settled; never full, for it holds all that may be on its way. */
    struct queue *outcomes;
    /* What wakes it stands in the same queue. */
    atomic_bool is_woken;
    pthread_t thread;
    bool is_running;
    struct pg *pg;
    struct traffic *traffic;
    /* Somebody asked for a look. */
    atomic_bool is_asked;
    /* Its thread's own, as the connection: what it knows of the traffic. */
    struct in_flight flight;
    bool has_found;
    int64_t look_due_ms, prune_due_ms, plans_due_ms;
    struct metric *delivered, *retried, *given_up, *switched_off;
};

/* Made with the attempt, so that no outcome is lost for want of memory. */
struct result {
    struct dispatch *dispatch;
    struct delivery_outcome outcome;
    char text[RESULT_TEXT_SIZE];
};

/* Claims and sends what is due, when there may be something. On the dispatch's thread. */
MUST_CHECK int dispatch_send_due(struct dispatch *dispatch, struct error *error);
