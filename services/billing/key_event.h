/* What is told of a key, on hosting.events and in the operators' log: never its text or hash. */
#pragma once

#include "services/billing/batch.h"
#include "services/billing/events.h"

struct key_event {
    enum event_type type;
    int64_t key_id;
    /* 0: an operator's. */
    int64_t user_id;
    const char *name;
};

/* Tells of it and notes it for the log. True: no memory. */
MUST_CHECK bool key_event_tell(struct batch *batch, struct job *job, const struct key_event *event);
