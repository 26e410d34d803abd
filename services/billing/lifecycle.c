#include "services/billing/lifecycle.h"

#include <string.h>

/* A worker's "started" may be lost or come late, so a pending server may be built or fail too. */
static const struct lifecycle_transition lifecycle[] = {
    {VPS_PENDING,  EVENT_BUILD_STARTED, VPS_BUILDING, EFFECT_NONE   },
    {VPS_PENDING,  EVENT_BUILT,         VPS_ACTIVE,   EFFECT_CAPTURE},
    {VPS_PENDING,  EVENT_BUILD_FAILED,  VPS_FAILED,   EFFECT_REFUND },
    {VPS_BUILDING, EVENT_BUILT,         VPS_ACTIVE,   EFFECT_CAPTURE},
    {VPS_BUILDING, EVENT_BUILD_FAILED,  VPS_FAILED,   EFFECT_REFUND },
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
