#include "services/billing/commands.h"

void create_user_want(struct batch *batch, const struct job *job)
{
    const int64_t telegram_id = job->command->create_user->telegram_id;

    batch->wants.registers = true;
    batch->wants.ids[SEQUENCE_USER] += 1;
    if (telegram_id != 0)
        pg_array_push_number(batch->wants.telegram_ids, telegram_id);
}

/* Another command before this one in the same batch. */
static bool is_taken_in_batch(const struct batch *batch, const struct job *job)
{
    for (size_t i = 0; i < batch->job_count && batch->jobs[i] != job; ++i) {
        const struct job *other = batch->jobs[i];

        if (other->kind == job->kind && other->answer.status == 201 &&
            other->command->create_user->telegram_id == job->command->create_user->telegram_id)
            return true;
    }
    return false;
}

int create_user_decide(struct batch *batch, struct job *job, struct error *error)
{
    const Slipway__V1__CreateUser *request = job->command->create_user;
    int64_t user_id;

    (void)error;
    if (request->telegram_id != 0 &&
        (register_has_telegram(&batch->registered, request->telegram_id) ||
         is_taken_in_batch(batch, job))) {
        answer_render_refusal(&job->answer, PROBLEM_STATE_CONFLICT,
                              "Another user has this telegram_id.", job_request_id(job));
        return 0;
    }
    user_id = batch_next_id(batch, SEQUENCE_USER);
    register_store_push_user(&batch->writes.registered, user_id, request->telegram_id,
                             request->name);
    answer_render_user(&job->answer, user_id, request->telegram_id, request->name);
    return 0;
}
