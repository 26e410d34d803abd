#include "services/billing/commands.h"

#include <string.h>

void issue_key_want(struct batch *batch, const struct job *job)
{
    const Slipway__V1__IssueKey *request = job->command->issue_key;

    batch->wants.registers = true;
    batch->wants.ids[SEQUENCE_KEY] += 1;
    if (request->user_id != 0)
        pg_array_push_number(batch->wants.named_users, (int64_t)request->user_id);
    if (request->key_hash.len == IDEMPOTENCY_HASH_SIZE)
        pg_array_push_bytes(batch->wants.key_hashes, request->key_hash.data, request->key_hash.len);
}

/* Lower-case words around a colon, as all scopes are: they are written into an array's text. */
static bool is_scope(const char *text)
{
    return text[0] != '\0' && strspn(text, "abcdefghijklmnopqrstuvwxyz_:*") == strlen(text);
}

static void check(const struct batch *batch, const Slipway__V1__IssueKey *request,
                  struct problem *problem)
{
    const bool is_reseller = request->role == SLIPWAY__V1__ROLE__ROLE_RESELLER;

    if (!is_reseller && request->role != SLIPWAY__V1__ROLE__ROLE_OPERATOR)
        (void)problem_add_field(problem, PROBLEM_VALIDATION_FAILED, "out_of_range", "/role",
                                "A key is a reseller's or an operator's.");
    if (is_reseller && request->user_id == 0)
        (void)problem_add_field(problem, PROBLEM_VALIDATION_FAILED, "user_id_required", "/user_id",
                                "A reseller's key is bound to a user.");
    if (!is_reseller && request->user_id != 0)
        (void)problem_add_field(problem, PROBLEM_VALIDATION_FAILED, "out_of_range", "/user_id",
                                "Only a reseller's key is bound to a user.");
    if (request->user_id != 0 && !register_has_user(&batch->registered, (int64_t)request->user_id))
        (void)problem_add_field(problem, PROBLEM_VALIDATION_FAILED, "unknown_user", "/user_id",
                                "There is no such user.");
    for (size_t i = 0; i < request->n_scopes; ++i)
        if (!is_scope(request->scopes[i]))
            (void)problem_add_field(problem, PROBLEM_VALIDATION_FAILED, "out_of_range", "/scopes",
                                    "There is no such scope.");
    if (problem->field_count > 0)
        (void)problem_set(problem, PROBLEM_VALIDATION_FAILED, "The request has invalid fields.");
    else if (request->key_hash.len != IDEMPOTENCY_HASH_SIZE)
        (void)problem_set(problem, PROBLEM_INVALID_REQUEST, "A key's hash has 32 bytes.");
    else if (register_has_hash(&batch->registered, request->key_hash.data))
        (void)problem_set(problem, PROBLEM_STATE_CONFLICT, "This key exists already.");
}

static void push_key(struct batch *batch, int64_t key_id, const Slipway__V1__IssueKey *request,
                     const char *scopes)
{
    const bool is_operator = request->role == SLIPWAY__V1__ROLE__ROLE_OPERATOR;

    register_store_push_key(&batch->writes.registered,
                            &(struct register_key){
                                .id = key_id,
                                .hash = request->key_hash.data,
                                .role = is_operator ? "operator" : "reseller",
                                .user_id = (int64_t)request->user_id,
                                .name = request->name,
                                .scopes = scopes,
                            });
}

static int issue(struct batch *batch, struct job *job, struct error *error)
{
    const Slipway__V1__IssueKey *request = job->command->issue_key;
    CLEANUP(buffer_deinit) struct buffer scopes = {0};
    const int64_t key_id = batch_next_id(batch, SEQUENCE_KEY);

    buffer_append_text(&scopes, "{");
    for (size_t i = 0; i < request->n_scopes; ++i)
        buffer_append_format(&scopes, "%s%s", i == 0 ? "" : ",", request->scopes[i]);
    buffer_append_text(&scopes, "}");
    if (scopes.overflown)
        return error_set(error, FAULT_HARD, "no memory for a key's scopes");
    push_key(batch, key_id, request, scopes.data);
    answer_render_key(&job->answer, key_id, batch->now_us, request);
    return 0;
}

int issue_key_decide(struct batch *batch, struct job *job, struct error *error)
{
    struct problem problem = {0};
    int result = 0;

    check(batch, job->command->issue_key, &problem);
    if (problem.code == PROBLEM_NONE)
        result = issue(batch, job, error);
    else
        answer_render_problem(&job->answer, &problem, job_request_id(job));
    problem_deinit(&problem);
    return result;
}
