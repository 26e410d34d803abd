#include "services/billing/key_event.h"

#include <inttypes.h>
#include <stdio.h>

bool key_event_tell(struct batch *batch, struct job *job, const struct key_event *event)
{
    Slipway__V1__KeyEvent data = SLIPWAY__V1__KEY_EVENT__INIT;
    struct act_note *note = &job->note;

    (void)snprintf(note->target, sizeof(note->target), "key:%" PRId64, event->key_id);
    note->user_id = event->user_id;
    data.key_id = (uint64_t)event->key_id;
    data.user_id = (uint64_t)event->user_id;
    data.name = batch_lend(event->name);
    return events_tell(batch, &(struct event){
                                  .type = event->type,
                                  .user_id = event->user_id,
                                  .subject = note->target,
                                  .data = &data.base,
                                  .traceparent = job->command->traceparent,
                              });
}
