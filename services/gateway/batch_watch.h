/* Those who wait for a batch to end, or stream its changes: one thread looks after all of them.
 *
 * A message on the batch's Redis channel makes it read the batch again; so does a second without
 * one, because messages get lost. The number of watchers is bounded. */
#pragma once

#include "services/gateway/batch_reader.h"
#include "services/gateway/request.h"

struct batch_watch;

enum batch_watch_refusal {
    /* As many watch as may, or the gateway is being stopped. The request is still the caller's. */
    BATCH_WATCH_FULL = 1,
};

/* `gateway` is borrowed for the watch's life. */
MUST_CHECK int batch_watch_new(struct gateway *gateway, int64_t limit,
                               struct batch_watch **ret_watch, struct error *error);
/* Answers all who wait, ends all streams, takes no more. */
void batch_watch_close(struct batch_watch *watch);
/* Close first; no read may be open: free the clients first. Accepts NULL. */
void batch_watch_free(struct batch_watch *watch);

/* What becomes of a request that has waited: to be answered by the callee, now or later. On the
 * watch's thread; must not block. `snapshot` is the batch as it was read last, borrowed for the
 * call. */
typedef void (*batch_watch_finish_fn)(struct request *request,
                                      const struct batch_snapshot *snapshot);

/* Takes the request and hands it to `finish` when the batch ends or `wait_ms` are over. Of
 * `snapshot` the batch's id must be known, and what is known of its items. */
MUST_CHECK int batch_watch_wait(struct batch_watch *watch, struct request *request,
                                const struct batch_snapshot *snapshot, int64_t wait_ms,
                                batch_watch_finish_fn finish, struct error *error);

/* Takes the request: it is answered with an event stream of the batch's states until the batch ends
 * or `life_ms` are over. */
MUST_CHECK int batch_watch_stream(struct batch_watch *watch, struct request *request,
                                  const struct batch_snapshot *snapshot, int64_t life_ms,
                                  struct error *error);
