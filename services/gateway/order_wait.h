/* Orders to servers that are answered when they have ended. Once billing has accepted one, its
 * request waits for the end of the order's batch, on nobody's thread, as long as the caller
 * prefers. */
#pragma once

#include "services/gateway/batch_snapshot.h"
#include "services/gateway/request.h"

enum {
    /* Without a preference. */
    ORDER_WAIT_S = 10,
};

/* How a kind of order is answered. */
struct order_ending {
    /* It was done. Results as a handler's. */
    int (*done)(struct request *request, struct error *error);
    /* It has not ended in time, or nobody can wait for it: replies. */
    void (*pending)(struct request *request);
};

/* What an order's answer needs; request->order while it is waited for. */
struct order_wait {
    const struct order_ending *ending;
    uint64_t vps_id;
    uint32_t wait_s;
    char batch_id[BATCH_ID_SIZE];
    /* billing's answer, "Location" and body. */
    char location[BATCH_ID_SIZE + 32];
    struct buffer accepted;
};

/* Accepts NULL. */
void order_wait_free(struct order_wait *order);

/* Submits the command and answers by the ending: done, pending, or 409 with what went wrong.
 * Results as a handler's. */
MUST_CHECK int order_wait_submit(struct request *request, const Slipway__V1__Command *command,
                                 uint64_t vps_id, const struct order_ending *ending,
                                 struct error *error);

/* Replies 202 with the batch to poll. */
void order_wait_reply_accepted(struct request *request);
