/* What may happen to a server, and what it does to the money: one table. Pure. */
#pragma once

#include "lib/base/cleanup.h"

#include <stdbool.h>
#include <stdint.h>

/* As in billing.vps_status. */
enum vps_status {
    VPS_PENDING,
    VPS_BUILDING,
    VPS_ACTIVE,
    VPS_SUSPENDED,
    VPS_REINSTALLING,
    VPS_DELETING,
    VPS_DELETED,
    VPS_FAILED,
    VPS_STATUS_COUNT,
};

enum vps_event {
    EVENT_BUILD_STARTED,
    EVENT_BUILT,
    EVENT_BUILD_FAILED,
    /* The owner orders. */
    EVENT_POWER_ORDERED,
    EVENT_PASSWORD_ORDERED,
    EVENT_REINSTALL_ORDERED,
    EVENT_DELETE_ORDERED,
    EVENT_RENEWED,
    /* Workers answer. */
    EVENT_REINSTALLED,
    EVENT_REINSTALL_FAILED,
    EVENT_DELETED,
    EVENT_DELETE_FAILED,
    /* Time passes. */
    EVENT_PERIOD_ENDED,
    EVENT_GRACE_ENDED,
    EVENT_COUNT,
};

enum vps_effect {
    EFFECT_NONE,
    /* The charge becomes revenue. */
    EFFECT_CAPTURE,
    /* The charge goes back to the wallet; node and address are free again. */
    EFFECT_REFUND,
    /* The machine is ordered to stop, to start, or to go. */
    EFFECT_STOP_MACHINE,
    EFFECT_START_MACHINE,
    EFFECT_DELETE_MACHINE,
    /* Node and address are free again. */
    EFFECT_RELEASE,
};

struct lifecycle_transition {
    enum vps_status from;
    enum vps_event event;
    enum vps_status to;
    enum vps_effect effect;
};

/* NULL: the event changes nothing in that status. */
const struct lifecycle_transition *lifecycle_find(enum vps_status status, enum vps_event event);

/* When a period that ends then is first looked at: for the earliest notice, 7 days before. */
int64_t lifecycle_first_due_us(int64_t expires_at_us);

/* Where a renewal moves the end: calendar months on from the later of now and the present end.
 * True: past the year 9999, which no answer can write; *ret_expires_at_us is then untouched.
 * `months` in 0 … 1200. */
MUST_CHECK bool lifecycle_extend(int64_t expires_at_us, uint32_t months, int64_t now_us,
                                 int64_t *ret_expires_at_us);

/* Where a server stands in time. */
struct lifecycle_term {
    enum vps_status status;
    int64_t expires_at_us;
    /* When it is to be looked at; 0: never. */
    int64_t due_at_us;
    /* The last notice of this end, in days before it; 0: none yet. */
    int64_t noticed_days;
};

/* What time has brought. */
struct lifecycle_due {
    /* The notice to give, in days before the end: 7, 3 or 1; 0: none. */
    int64_t notice_days;
    /* The step to take; NULL: none. */
    const struct lifecycle_transition *step;
};

/* Nothing before its due_at. Of several notices that are overdue only the last one, which still
 * holds; none once the period has ended. */
struct lifecycle_due lifecycle_judge(const struct lifecycle_term *term, int64_t grace_us,
                                     int64_t now_us);

/* When to look again at a server that stands like this once what was due is done: the next notice,
 * the end, or the end of the grace period, which counts from the suspension, so that nobody's data
 * goes without it because we were late. Where somebody else must act first (a build, a
 * reinstallation, a deletion in work): some minutes later. Always after `now_us`; 0: never. */
int64_t lifecycle_next_due_us(const struct lifecycle_term *term, int64_t grace_us, int64_t now_us);

/* "pending" … */
const char *lifecycle_status_name(enum vps_status status);

/* True when `name` is no status. */
MUST_CHECK bool lifecycle_status_parse(const char *name, enum vps_status *ret_status);
