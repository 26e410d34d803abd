#include "services/billing/operator_act.h"

#include "services/billing/commands.h"

#include <string.h>

/* Key 0 is nobody's: billing's own commands have it. */
static bool is_act(const struct job *job)
{
    const Slipway__V1__Principal *principal = job->command->principal;

    return principal != NULL && principal->role == SLIPWAY__V1__ROLE__ROLE_OPERATOR &&
           principal->key_id != 0 && job->kind != NULL && job->answer.status >= 200 &&
           job->answer.status < 300 && !job->note.changed_nothing;
}

/* "checkout:5678" of "/hosting/api/v1/batches/checkout:5678"; "" of none. */
static const char *last_segment(const char *location)
{
    const char *slash = strrchr(location, '/');

    return slash == NULL ? "" : slash + 1;
}

bool operator_act_describe(const struct job *job, struct operator_act *ret_act)
{
    const struct act_note *note = &job->note;

    if (!is_act(job))
        return false;
    *ret_act = (struct operator_act){
        .key_id = (int64_t)job->command->principal->key_id,
        .action = note->action != NULL ? note->action : job->kind->name,
        .user_id = note->user_id != 0 ? note->user_id : (int64_t)job->command->user_id,
        .target = note->target[0] != '\0' ? note->target : last_segment(job->answer.location),
        .reason = note->reason != NULL ? note->reason : "",
        .detail = note->detail,
        .request_id = job_request_id(job),
    };
    return true;
}
