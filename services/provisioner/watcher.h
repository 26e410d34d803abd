/* Watches the nodes this process is connected to and reports what happens to finished machines
 * without an order: one that vanished, stopped or started. One thread of its own.
 *
 * An event only says "look again", so events can be lost, repeated or merged; after a node was away
 * all its machines are looked at. */
#pragma once

#include "services/provisioner/connections.h"
#include "services/provisioner/results.h"

struct watcher;

MUST_CHECK int watcher_new(const struct results *results, struct watcher **ret_watcher,
                           struct error *error);

/* Begins to look. `nodes` is a comma-separated list of URIs to connect to at once, or "". All
 * borrowed. */
MUST_CHECK int watcher_start(struct watcher *watcher, struct connections *connections,
                             const char *nodes, struct error *error);

/* Stops looking; what is noted later is dropped. Does nothing when it has not been started. */
void watcher_stop(struct watcher *watcher);

/* After watcher_stop() and when nobody notes any more. Accepts NULL. */
void watcher_free(struct watcher *watcher);
DEFINE_CLEANUP(struct watcher *, watcher_free)

/* A connections_changed_fn; `context` is the watcher. */
void watcher_note_change(void *context, const char *uri, const char *name);

/* This process has just finished the machine. */
void watcher_note_built(struct watcher *watcher, const char *uri, uint64_t vps_id,
                        uint64_t sequence);
