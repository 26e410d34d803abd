#include "services/billing/command_manage.h"

void password_want(struct batch *batch, const struct job *job)
{
    manage_want(batch, job, job->command->rotate_password->vps_id);
}

int password_decide(struct batch *batch, struct job *job, struct error *error)
{
    return manage_decide(batch, job, job->command->rotate_password->vps_id, EVENT_PASSWORD_ORDERED,
                         OPERATION_PASSWORD, error);
}
