#include "services/billing/command_manage.h"

#include <string.h>

void power_want(struct batch *batch, const struct job *job)
{
    manage_want(batch, job, job->command->power->vps_id);
}

/* As the path names it. True: there is no such action. */
static bool find_action(const char *name, enum operation_action *ret_action)
{
    static const struct {
        const char *name;
        enum operation_action action;
    } actions[] = {
        {"start",        OPERATION_START },
        {"stop",         OPERATION_STOP  },
        {"reboot",       OPERATION_REBOOT},
        {"power-toggle", OPERATION_TOGGLE},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(actions); ++i) {
        if (strcmp(actions[i].name, name) == 0) {
            *ret_action = actions[i].action;
            return false;
        }
    }
    return true;
}

int power_decide(struct batch *batch, struct job *job, struct error *error)
{
    const Slipway__V1__ControlVpsPower *request = job->command->power;
    enum operation_action action;

    if (find_action(request->action, &action)) {
        (void)manage_refuse(job, PROBLEM_NOT_FOUND, "There is no such resource.");
        return 0;
    }
    return manage_decide(batch, job, request->vps_id, EVENT_POWER_ORDERED, action, error);
}
