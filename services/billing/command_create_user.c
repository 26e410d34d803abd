#include "services/billing/commands.h"

#include <inttypes.h>
#include <stdio.h>

void create_user_want(struct batch *batch, const struct job *job)
{
    const Slipway__V1__CreateUser *request = job->command->create_user;

    batch->wants.registers = true;
    batch->wants.ids[SEQUENCE_USER] += 1;
    if (request->telegram_id != 0)
        pg_array_push_number(batch->wants.telegram_ids, request->telegram_id);
    if (request->referrer_id != 0)
        pg_array_push_number(batch->wants.named_users, (int64_t)request->referrer_id);
    if (request->referral_code[0] != '\0')
        pg_array_push_text(batch->wants.referral_codes, request->referral_code);
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

/* True: there is nobody whom the request could mean. 0 is nobody, because none is named. */
static bool find_referrer(const struct batch *batch, const Slipway__V1__CreateUser *request,
                          int64_t *ret_referrer_id)
{
    *ret_referrer_id = (int64_t)request->referrer_id;
    if (request->referrer_id != 0)
        return !register_has_user(&batch->registered, *ret_referrer_id);
    if (request->referral_code[0] == '\0')
        return false;
    *ret_referrer_id = register_find_referrer(&batch->registered, request->referral_code);
    return *ret_referrer_id == 0;
}

static int refuse_referrer(struct job *job)
{
    const bool by_id = job->command->create_user->referrer_id != 0;
    struct problem problem = {0};

    (void)problem_add_field(&problem, PROBLEM_VALIDATION_FAILED, "unknown_referrer",
                            by_id ? "/referrer_id" : "/referral_code", "%s",
                            by_id ? "There is no such user." : "It is no user's code.");
    (void)problem_set(&problem, PROBLEM_VALIDATION_FAILED, "The request has invalid fields.");
    answer_render_problem(&job->answer, &problem, job_request_id(job));
    problem_deinit(&problem);
    return 0;
}

static void create(struct batch *batch, struct job *job, int64_t referrer_id)
{
    const Slipway__V1__CreateUser *request = job->command->create_user;
    const struct register_user user = {
        .id = batch_next_id(batch, SEQUENCE_USER),
        .telegram_id = request->telegram_id,
        .name = request->name,
        .referrer_id = referrer_id,
    };

    register_store_push_user(&batch->writes.registered, &user);
    job->note.user_id = user.id;
    (void)snprintf(job->note.target, sizeof(job->note.target), "user:%" PRId64, user.id);
    answer_render_user(&job->answer, user.id, referrer_id, request);
}

int create_user_decide(struct batch *batch, struct job *job, struct error *error)
{
    const Slipway__V1__CreateUser *request = job->command->create_user;
    int64_t referrer_id;

    (void)error;
    if (find_referrer(batch, request, &referrer_id))
        return refuse_referrer(job);
    if (request->telegram_id != 0 &&
        (register_has_telegram(&batch->registered, request->telegram_id) ||
         is_taken_in_batch(batch, job))) {
        answer_render_refusal(&job->answer, PROBLEM_STATE_CONFLICT,
                              "Another user has this telegram_id.", job_request_id(job));
        return 0;
    }
    create(batch, job, referrer_id);
    return 0;
}
