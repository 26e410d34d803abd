#include "services/billing/commands.h"
#include "services/billing/events.h"

#include <inttypes.h>
#include <stdio.h>

/* The register's lock comes first, so that of two bans at once the second sees what the first has
 * done. */
void ban_user_want(struct batch *batch, const struct job *job)
{
    (void)job;
    batch->wants.registers = true;
    batch->wants.ids[SEQUENCE_OUTBOX] = 1;
}

static bool tell(struct batch *batch, const struct job *job)
{
    const Slipway__V1__BanUser *request = job->command->ban_user;
    Slipway__V1__UserEvent data = SLIPWAY__V1__USER_EVENT__INIT;
    char subject[32];

    (void)snprintf(subject, sizeof(subject), "user:%" PRIu64, job->command->user_id);
    data.user_id = job->command->user_id;
    data.reason = request->reason;
    return events_tell(
        batch, &(struct event){
                   .type = request->banned ? EVENT_TYPE_USER_BANNED : EVENT_TYPE_USER_UNBANNED,
                   .user_id = (int64_t)job->command->user_id,
                   .subject = subject,
                   .data = &data.base,
                   .traceparent = job->command->traceparent,
               });
}

int ban_user_decide(struct batch *batch, struct job *job, struct error *error)
{
    const Slipway__V1__BanUser *request = job->command->ban_user;
    struct wallet *wallet = batch_find_wallet(batch, (int64_t)job->command->user_id);

    job->note.action = request->banned ? "ban_user" : "unban_user";
    job->note.reason = request->reason;
    job->note.changed_nothing = wallet->is_banned == (bool)request->banned;
    if (!job->note.changed_nothing && tell(batch, job))
        return error_set(error, FAULT_HARD, "no memory for an event");
    wallet->is_banned = request->banned;
    /* Of a repeat too: perhaps not everybody heard of the first. */
    job->changed_user = wallet->account.id;
    answer_render_ban(&job->answer, wallet->account.id, wallet->is_banned);
    return 0;
}
