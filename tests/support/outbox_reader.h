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
