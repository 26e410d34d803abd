#include "services/billing/lifecycle.h"

#include "lib/base/clock.h"

#include <string.h>

static const int64_t day_us = INT64_C(24) * 60 * 60 * 1000000;
/* 9999-12-31T23:59:59Z */
static const int64_t end_of_time_us = 253402300799000000;
/* How long somebody else is given to act. */
static const int64_t respite_us = INT64_C(10) * 60 * 1000000;

/* Days before the end, earliest first. */
static const int64_t notices[] = {7, 3, 1};

/* What may follow what, and nothing else may. A renewal waits for the build, whose failure gives
 * only the purchase back. A period that ends in the middle of a reinstallation ends when that is
 * done.
 *
 * A worker's "started" may be lost or come late, so a pending server may be built or fail too. */
static const struct lifecycle_transition lifecycle[] = {
    {VPS_PENDING,      EVENT_BUILD_STARTED,     VPS_BUILDING,     EFFECT_NONE          },
    {VPS_PENDING,      EVENT_BUILT,             VPS_ACTIVE,       EFFECT_CAPTURE       },
    {VPS_PENDING,      EVENT_BUILD_FAILED,      VPS_FAILED,       EFFECT_REFUND        },
    {VPS_BUILDING,     EVENT_BUILT,             VPS_ACTIVE,       EFFECT_CAPTURE       },
    {VPS_BUILDING,     EVENT_BUILD_FAILED,      VPS_FAILED,       EFFECT_REFUND        },

    {VPS_ACTIVE,       EVENT_POWER_ORDERED,     VPS_ACTIVE,       EFFECT_NONE          },
    {VPS_ACTIVE,       EVENT_PASSWORD_ORDERED,  VPS_ACTIVE,       EFFECT_NONE          },
    {VPS_ACTIVE,       EVENT_RENEWED,           VPS_ACTIVE,       EFFECT_NONE          },
    {VPS_REINSTALLING, EVENT_RENEWED,           VPS_REINSTALLING, EFFECT_NONE          },
    {VPS_SUSPENDED,    EVENT_RENEWED,           VPS_ACTIVE,       EFFECT_START_MACHINE },

    {VPS_ACTIVE,       EVENT_REINSTALL_ORDERED, VPS_REINSTALLING, EFFECT_NONE          },
    {VPS_REINSTALLING, EVENT_REINSTALLED,       VPS_ACTIVE,       EFFECT_NONE          },
    {VPS_REINSTALLING, EVENT_REINSTALL_FAILED,  VPS_ACTIVE,       EFFECT_NONE          },

    {VPS_ACTIVE,       EVENT_PERIOD_ENDED,      VPS_SUSPENDED,    EFFECT_STOP_MACHINE  },
    {VPS_SUSPENDED,    EVENT_GRACE_ENDED,       VPS_DELETING,     EFFECT_DELETE_MACHINE},

    {VPS_ACTIVE,       EVENT_DELETE_ORDERED,    VPS_DELETING,     EFFECT_DELETE_MACHINE},
    {VPS_SUSPENDED,    EVENT_DELETE_ORDERED,    VPS_DELETING,     EFFECT_DELETE_MACHINE},
    {VPS_REINSTALLING, EVENT_DELETE_ORDERED,    VPS_DELETING,     EFFECT_DELETE_MACHINE},
    {VPS_DELETING,     EVENT_DELETED,           VPS_DELETED,      EFFECT_RELEASE       },
    {VPS_DELETING,     EVENT_DELETE_FAILED,     VPS_ACTIVE,       EFFECT_NONE          },
};

static const char *const names[VPS_STATUS_COUNT] = {
    [VPS_PENDING] = "pending",
    [VPS_BUILDING] = "building",
    [VPS_ACTIVE] = "active",
    [VPS_SUSPENDED] = "suspended",
    [VPS_REINSTALLING] = "reinstalling",
    [VPS_DELETING] = "deleting",
    [VPS_DELETED] = "deleted",
    [VPS_FAILED] = "failed",
};

const struct lifecycle_transition *lifecycle_find(enum vps_status status, enum vps_event event)
{
    for (size_t i = 0; i < ARRAY_LENGTH(lifecycle); ++i)
        if (lifecycle[i].from == status && lifecycle[i].event == event)
            return &lifecycle[i];
    return NULL;
}

int64_t lifecycle_first_due_us(int64_t expires_at_us)
{
    return expires_at_us - notices[0] * day_us;
}

bool lifecycle_extend(int64_t expires_at_us, uint32_t months, int64_t now_us,
                      int64_t *ret_expires_at_us)
{
    const int64_t end_us =
        clock_add_months(expires_at_us > now_us ? expires_at_us : now_us, months);

    if (end_us > end_of_time_us)
        return true;
    *ret_expires_at_us = end_us;
    return false;
}

/* The last one whose moment has come and that was not given; 0: none. */
static int64_t find_notice(const struct lifecycle_term *term, int64_t now_us)
{
    int64_t days = 0;

    for (size_t i = 0; i < ARRAY_LENGTH(notices); ++i)
        if (now_us >= term->expires_at_us - notices[i] * day_us)
            days = notices[i];
    return term->noticed_days == 0 || days < term->noticed_days ? days : 0;
}

/* Servers that their owner uses, and can lose by forgetting. */
static bool is_noticed(enum vps_status status)
{
    return status == VPS_ACTIVE || status == VPS_REINSTALLING;
}

struct lifecycle_due lifecycle_judge(const struct lifecycle_term *term, int64_t grace_us,
                                     int64_t now_us)
{
    struct lifecycle_due due = {0, NULL};

    if (term->due_at_us == 0 || now_us < term->due_at_us)
        return due;
    if (now_us < term->expires_at_us) {
        if (is_noticed(term->status))
            due.notice_days = find_notice(term, now_us);
        return due;
    }
    due.step = lifecycle_find(term->status, EVENT_PERIOD_ENDED);
    if (due.step == NULL && now_us >= term->expires_at_us + grace_us)
        due.step = lifecycle_find(term->status, EVENT_GRACE_ENDED);
    return due;
}

/* The first notice that was not given, even if its moment has passed, and after them the end. */
static int64_t next_moment_us(const struct lifecycle_term *term)
{
    for (size_t i = 0; i < ARRAY_LENGTH(notices); ++i)
        if (term->noticed_days == 0 || notices[i] < term->noticed_days)
            return term->expires_at_us - notices[i] * day_us;
    return term->expires_at_us;
}

int64_t lifecycle_next_due_us(const struct lifecycle_term *term, int64_t grace_us, int64_t now_us)
{
    int64_t due_us;

    if (term->status == VPS_DELETED || term->status == VPS_FAILED)
        return 0;
    if (term->status == VPS_SUSPENDED)
        due_us = (term->expires_at_us > now_us ? term->expires_at_us : now_us) + grace_us;
    else
        due_us = next_moment_us(term);
    return due_us > now_us ? due_us : now_us + respite_us;
}

const char *lifecycle_status_name(enum vps_status status)
{
    return names[status];
}

bool lifecycle_status_parse(const char *name, enum vps_status *ret_status)
{
    for (size_t i = 0; i < ARRAY_LENGTH(names); ++i) {
        if (strcmp(names[i], name) == 0) {
            *ret_status = (enum vps_status)i;
            return false;
        }
    }
    return true;
}
