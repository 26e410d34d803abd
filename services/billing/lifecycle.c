#include "services/billing/lifecycle.h"

#include <string.h>

static const int64_t day_us = INT64_C(24) * 60 * 60 * 1000000;
static const int64_t first_notice_days = 7;

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
    return expires_at_us - first_notice_days * day_us;
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
