/* What a database's outbox holds for one server: events and orders that were told with the facts.
 * Faults fail the test. */
#pragma once

#include "proto/commands.pb-c.h"
#include "proto/events.pb-c.h"
#include "tests/support/billing_database.h"

/* Events of a type about a server; `days_left` 0: whatever it says. *ret_last (may be NULL) gets a
 * copy of the last one, slipway__v1__vps_event__free_unpacked(). */
int outbox_count_events(const struct billing_database *database, uint64_t vps_id, const char *type,
                        uint32_t days_left, Slipway__V1__VpsEvent **ret_last);

/* Commands to a machine of a kind. *ret_last as above. */
int outbox_count_orders(const struct billing_database *database, uint64_t vps_id,
                        Slipway__V1__MachineCommand__ActionCase action,
                        Slipway__V1__MachineCommand **ret_last);

/* One event as the outbox keeps it. */
struct outbox_event {
    char type[64], id[64], subject[48], key[24];
    uint8_t data[512];
    size_t length;
};

/* The events of a subject ("" of all), in the order in which they were written, at most `limit`;
 * fails when a header is missing. Returns how many there are. */
size_t outbox_read_events(const struct billing_database *database, const char *subject,
                          struct outbox_event *ret_events, size_t limit);

/* Whether these bytes stand in any event: key, value or header. */
bool outbox_events_contain(const struct billing_database *database, const void *bytes,
                           size_t length);
