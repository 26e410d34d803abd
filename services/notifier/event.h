/* An event of the topic hosting.events: which types there are, and how one comes out of its
 * message. Pure. */
#pragma once

#include "lib/base/buffer.h"
#include "lib/base/error.h"

#include "proto/events.pb-c.h"
#include "proto/notifier.pb-c.h"

#include <stdint.h>

enum {
    EVENT_ID_SIZE = 65,
    EVENT_SUBJECT_SIZE = 65,
    /* Longest body of a webhook. */
    EVENT_BODY_LIMIT = 64 * 1024,
};

/* A header of the message; `data` NULL: it is not there. */
struct event_text {
    const void *data;
    size_t length;
};

struct event_message {
    struct event_text id, type, subject, time;
    const void *value;
    size_t value_length;
};

struct event {
    char id[EVENT_ID_SIZE];
    char subject[EVENT_SUBJECT_SIZE];
    int64_t time_us;
    /* One of the table below. */
    const char *type;
    /* Whose it is; 0: nobody's. */
    uint64_t user_id;
    /* Owned; of the type's message. */
    ProtobufCMessage *data;
};

enum event_refusal {
    /* A type of a later version: to be passed over. */
    EVENT_UNKNOWN = 1,
};

/* FAULT_HARD: not a CloudEvent of ours. 0: event_deinit() frees. */
MUST_CHECK int event_read(const struct event_message *message, struct event *ret_event,
                          struct error *error);
void event_deinit(struct event *event);

/* {"type":"hosting.vps.active.v1","timestamp":"…","data":{…}} with the names of the HTTP API:
 * cents as "…_usd" with a decimal text, microseconds as a time, "address" as "ip". What is not set
 * is left out. Appended to `body`; overflown when there is no memory. */
void event_render(const struct event *event, struct buffer *body);

/* protobuf-c takes `char *` where it only reads. */
char *event_lend(const char *text);

/* The same for a type without a message of its own: {"endpoint_id":5}. */
void event_render_test(int64_t time_us, uint64_t endpoint_id, struct buffer *body);

/* An endpoint was switched off; the one type that the notifier tells by itself. */
extern const char event_disabled_type[];
/* What a test is called; not in the table, for no filter names it. */
extern const char event_test_type[];

/* The table's own text of a type's name; NULL: there is no such type. */
const char *event_type_find(const char *name);
/* Every type by its number; NULL past the last. */
const char *event_type_at(size_t index);
