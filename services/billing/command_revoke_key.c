#include "services/billing/commands.h"
#include "services/billing/key_event.h"

#include <string.h>

void revoke_key_want(struct batch *batch, const struct job *job)
{
    batch->wants.registers = true;
    batch->wants.ids[SEQUENCE_OUTBOX] = 1;
    pg_array_push_number(batch->wants.key_ids, (int64_t)job->command->revoke_key->key_id);
}

/* By another command before this one in the same batch. */
static bool is_revoked_in_batch(const struct batch *batch, const struct job *job)
{
    for (size_t i = 0; i < batch->job_count && batch->jobs[i] != job; ++i) {
        const struct job *other = batch->jobs[i];

        if (other->kind == job->kind && other->answer.status == 200 &&
            other->command->revoke_key->key_id == job->command->revoke_key->key_id)
            return true;
    }
    return false;
}

int revoke_key_decide(struct batch *batch, struct job *job, struct error *error)
{
    const int64_t key_id = (int64_t)job->command->revoke_key->key_id;
    struct register_found_key key;

    if (!register_find_key(&batch->registered, key_id, &key)) {
        answer_render_refusal(&job->answer, PROBLEM_NOT_FOUND, "There is no such key.",
                              job_request_id(job));
        return 0;
    }
    job->note.changed_nothing = key.is_revoked || is_revoked_in_batch(batch, job);
    if (!job->note.changed_nothing && key_event_tell(batch, job,
                                                     &(struct key_event){
                                                         .type = EVENT_TYPE_KEY_REVOKED,
                                                         .key_id = key_id,
                                                         .user_id = key.user_id,
                                                         .name = key.name,
                                                     }))
        return error_set(error, FAULT_HARD, "no memory for an event");
    register_store_push_revoked(&batch->writes.registered, key_id);
    memcpy(job->changed_key, key.hash, sizeof(job->changed_key));
    job->key_changed = true;
    answer_render_revoked(&job->answer, key_id);
    return 0;
}
