/* Orders to servers that stand, for tests of the writer, and what workers say of them. Faults fail
 * the test. */
#pragma once

#include "proto/commands.pb-c.h"
#include "tests/support/writer_world.h"

/* Who orders: `user_id` 0 is an operator, else that reseller. Freed by the writer. */
Slipway__V1__Command *billing_power(uint64_t user_id, uint64_t vps_id, const char *action);
Slipway__V1__Command *billing_reinstall(uint64_t user_id, uint64_t vps_id, const char *os_code);
Slipway__V1__Command *billing_password(uint64_t user_id, uint64_t vps_id);
Slipway__V1__Command *billing_delete(uint64_t user_id, uint64_t vps_id);

/* A server of the user that stands, bought and built. */
uint64_t billing_standing(struct billing_writer *writer, const struct billing_database *database,
                          uint64_t user_id);

enum billing_report {
    REPORT_STARTED,
    /* Stopped. */
    REPORT_POWER,
    /* With `seal` as the sealed password. */
    REPORT_PASSWORD,
    REPORT_BUILT,
    REPORT_DELETED,
    /* With the code `seal`. */
    REPORT_FAILED,
    REPORT_OBSERVED,
};

/* What a worker says of command `sequence`; submits, waits, returns as billing_tell(). */
int billing_report(struct billing_writer *writer, uint64_t vps_id, uint64_t sequence,
                   enum billing_report report, const char *seal,
                   struct writer_outcome *ret_outcome);

/* The result alone, to be submitted; the writer frees it. */
Slipway__V1__MachineResult *billing_make_report(uint64_t vps_id, uint64_t sequence,
                                                enum billing_report report, const char *seal);

/* The last command to the server that stands in the outbox; the caller's to free. */
Slipway__V1__MachineCommand *billing_last_command(const struct billing_database *database,
                                                  uint64_t vps_id);

/* How many messages of the outbox for `topic` have a header with that value. */
size_t billing_count_messages(const struct billing_database *database, const char *topic,
                              const char *text);

/* A number of the server's row, by an SQL expression over billing.vps. */
int64_t billing_vps_number(const struct billing_database *database, uint64_t vps_id,
                           const char *expression);

void billing_assert_vps_status(const struct billing_database *database, uint64_t vps_id,
                               const char *status);
