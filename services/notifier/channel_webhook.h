/* One webhook on its way: signed, sent by POST, judged by its answer. */
#pragma once

#include "lib/http/client.h"
#include "services/notifier/backoff.h"
#include "services/notifier/delivery_store.h"
#include "services/notifier/signature.h"

#include <stdbool.h>

struct webhook_client;

struct webhook_options {
    int64_t in_flight_limit;
    int64_t connect_timeout_ms, timeout_ms;
    /* Borrowed, as the key. */
    const char *ca_file;
    bool allows_loopback;
    const uint8_t *secret_key;
    struct backoff_rule retry;
};

/* Runs on the client's thread; must not block. The text of `outcome` is borrowed for the call. */
typedef void (*webhook_sent_fn)(void *context, const struct delivery_outcome *outcome);

MUST_CHECK int webhook_client_new(const struct webhook_options *options,
                                  struct webhook_client **ret_client, struct error *error);
/* What is on its way is told as to be tried again. Accepts NULL. */
void webhook_client_free(struct webhook_client *client);

/* 0: `sent` will be called exactly once. A fault: it will not. */
MUST_CHECK int webhook_send(struct webhook_client *client, const struct delivery *delivery,
                            webhook_sent_fn sent, void *context, struct error *error);
