#include "services/billing/commands.h"

#include <string.h>

void revoke_key_want(struct batch *batch, const struct job *job)
{
    batch->wants.registers = true;
    pg_array_push_number(batch->wants.key_ids, (int64_t)job->command->revoke_key->key_id);
}

int revoke_key_decide(struct batch *batch, struct job *job, struct error *error)
{
    const int64_t key_id = (int64_t)job->command->revoke_key->key_id;
    const uint8_t *hash = register_find_key(&batch->registered, key_id);

    (void)error;
    if (hash == NULL) {
        answer_render_refusal(&job->answer, PROBLEM_NOT_FOUND, "There is no such key.",
                              job_request_id(job));
        return 0;
    }
    register_store_push_revoked(&batch->writes.registered, key_id);
    memcpy(job->changed_key, hash, sizeof(job->changed_key));
    job->key_changed = true;
    answer_render_revoked(&job->answer, key_id);
    return 0;
}
