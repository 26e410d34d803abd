/* What other teams hear of: CloudEvents on hosting.events, written with the fact they tell of.
 * Source: CloudEvents 1.0.2 and its Kafka protocol binding, binary mode. */
#pragma once

#include "services/billing/batch.h"

#include "proto/events.pb-c.h"

enum event_type {
    EVENT_TYPE_CHECKOUT_ACCEPTED,
    EVENT_TYPE_CHECKOUT_COMPLETED,
    EVENT_TYPE_CHECKOUT_PARTIAL,
    EVENT_TYPE_CHECKOUT_FAILED,
    EVENT_TYPE_VPS_BUILDING,
    EVENT_TYPE_VPS_ACTIVE,
    EVENT_TYPE_VPS_FAILED,
    EVENT_TYPE_VPS_RENEWED,
    EVENT_TYPE_VPS_SUSPENDED,
    EVENT_TYPE_VPS_RESUMED,
    EVENT_TYPE_VPS_REINSTALLED,
    EVENT_TYPE_VPS_DELETED,
    EVENT_TYPE_VPS_EXPIRING,
    EVENT_TYPE_DEPOSIT_CREATED,
    EVENT_TYPE_DEPOSIT_COMPLETED,
    EVENT_TYPE_DEPOSIT_FAILED,
    EVENT_TYPE_DEPOSIT_EXPIRED,
    EVENT_TYPE_BALANCE_ADJUSTED,
    EVENT_TYPE_REFUND_ISSUED,
    EVENT_TYPE_USER_BANNED,
    EVENT_TYPE_USER_UNBANNED,
    EVENT_TYPE_KEY_ISSUED,
    EVENT_TYPE_KEY_REVOKED,
    EVENT_TYPE_COUNT,
};

struct event {
    enum event_type type;
    /* What can happen only once is known by this number and the type, and so is its ce_id; 0: it
     * may happen again, and the id is random. */
    int64_t fact_id;
    /* The key: events of one user keep their order. 0: nobody's (an operator's key). */
    int64_t user_id;
    /* "vps:77", "deposit:9002", "checkout:5678", "user:42", "key:3". */
    const char *subject;
    /* One message of proto/events.proto. */
    const ProtobufCMessage *data;
    /* "" for none. */
    const char *traceparent;
};

/* "hosting.vps.active.v1" */
const char *event_type_name(enum event_type type);

/* "urn:slipway:proto:slipway.v1.VpsEvent": what the data of the type is. */
const char *event_type_schema(enum event_type type);

/* "checkout-accepted-5678", the ce_id of what can happen only once. Returns `ret_id`. */
enum { EVENT_ID_SIZE = 64 };
const char *event_id(enum event_type type, int64_t fact_id, char ret_id[static EVENT_ID_SIZE]);

/* The batch needs no wants for it but SEQUENCE_OUTBOX = 1. True: no memory. */
MUST_CHECK bool events_tell(struct batch *batch, const struct event *event);

/* The event of a server, filled from its row: ids, codes, status, address and end. `ret_event`
 * borrows from it. */
void events_describe_vps(const struct machine *machine, Slipway__V1__VpsEvent *ret_event);

/* Tells of a server; the rest as events_tell(). */
MUST_CHECK bool events_tell_vps(struct batch *batch, enum event_type type,
                                const Slipway__V1__VpsEvent *event, const char *traceparent);

/* Tells of a checkout; fills in the batch's name for the call. The rest as events_tell(). */
MUST_CHECK bool events_tell_checkout(struct batch *batch, enum event_type type, int64_t batch_id,
                                     Slipway__V1__CheckoutEvent *event, const char *traceparent);

/* How a checkout has ended of whose `total` servers so many have failed. */
enum event_type checkout_end_type(size_t failed, size_t total);

/* Tells of a movement on a wallet; the rest as events_tell(). */
MUST_CHECK bool events_tell_balance(struct batch *batch, enum event_type type,
                                    const Slipway__V1__BalanceEvent *event,
                                    const char *traceparent);
