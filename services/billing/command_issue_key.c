#include "lib/base/address.h"
#include "services/billing/commands.h"
#include "services/billing/key_event.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* As in the contract. */
enum { ADDRESSES_MAX = 32, RATE_MAX = 1000000 };

void issue_key_want(struct batch *batch, const struct job *job)
{
    const Slipway__V1__IssueKey *request = job->command->issue_key;

    batch->wants.registers = true;
    batch->wants.ids[SEQUENCE_KEY] += 1;
    batch->wants.ids[SEQUENCE_OUTBOX] = 1;
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

static void refuse(struct problem *problem, const char *code, const char *pointer,
                   const char *detail)
{
    (void)problem_add_field(problem, PROBLEM_VALIDATION_FAILED, code, pointer, "%s", detail);
}

static void check_owner(const struct batch *batch, const Slipway__V1__IssueKey *request,
                        struct problem *problem)
{
    const bool is_reseller = request->role == SLIPWAY__V1__ROLE__ROLE_RESELLER;

    if (!is_reseller && request->role != SLIPWAY__V1__ROLE__ROLE_OPERATOR)
        refuse(problem, "out_of_range", "/role", "A key is a reseller's or an operator's.");
    if (is_reseller && request->user_id == 0)
        refuse(problem, "user_id_required", "/user_id", "A reseller's key is bound to a user.");
    if (!is_reseller && request->user_id != 0)
        refuse(problem, "out_of_range", "/user_id", "Only a reseller's key is bound to a user.");
    if (request->user_id != 0 && !register_has_user(&batch->registered, (int64_t)request->user_id))
        refuse(problem, "unknown_user", "/user_id", "There is no such user.");
}

static void check_rights(const struct batch *batch, const Slipway__V1__IssueKey *request,
                         struct problem *problem)
{
    struct address_block block;

    for (size_t i = 0; i < request->n_scopes; ++i)
        if (!is_scope(request->scopes[i]))
            refuse(problem, "out_of_range", "/scopes", "There is no such scope.");
    if (request->expires_at_us != 0 && request->expires_at_us <= batch->now_us)
        refuse(problem, "out_of_range", "/expires_at", "Must be in the future.");
    if (request->n_allowed_addresses > ADDRESSES_MAX)
        refuse(problem, "too_many_items", "/allowed_addresses", "There are at most 32.");
    for (size_t i = 0; i < request->n_allowed_addresses; ++i)
        if (address_block_parse(request->allowed_addresses[i], &block))
            refuse(problem, "out_of_range", "/allowed_addresses",
                   "Must be addresses or CIDR blocks.");
    if (request->rate_per_minute > RATE_MAX)
        refuse(problem, "out_of_range", "/rate_per_minute", "Must be 1 to 1000000.");
}

static void check(const struct batch *batch, const Slipway__V1__IssueKey *request,
                  struct problem *problem)
{
    check_owner(batch, request, problem);
    check_rights(batch, request, problem);
    if (problem->field_count > 0)
        (void)problem_set(problem, PROBLEM_VALIDATION_FAILED, "The request has invalid fields.");
    else if (request->key_hash.len != IDEMPOTENCY_HASH_SIZE)
        (void)problem_set(problem, PROBLEM_INVALID_REQUEST, "A key's hash has 32 bytes.");
    else if (register_has_hash(&batch->registered, request->key_hash.data))
        (void)problem_set(problem, PROBLEM_STATE_CONFLICT, "This key exists already.");
}

/* As PostgreSQL writes an array; the texts were checked to need no quotes. */
static void write_array(struct buffer *text, char *const *elements, size_t count)
{
    buffer_append_text(text, "{");
    for (size_t i = 0; i < count; ++i)
        buffer_append_format(text, "%s%s", i == 0 ? "" : ",", elements[i]);
    buffer_append_text(text, "}");
}

static int push_key(struct batch *batch, int64_t key_id, const Slipway__V1__IssueKey *request,
                    struct error *error)
{
    const bool is_operator = request->role == SLIPWAY__V1__ROLE__ROLE_OPERATOR;
    CLEANUP(buffer_deinit) struct buffer scopes = {0};
    CLEANUP(buffer_deinit) struct buffer addresses = {0};

    write_array(&scopes, request->scopes, request->n_scopes);
    write_array(&addresses, request->allowed_addresses, request->n_allowed_addresses);
    if (scopes.overflown || addresses.overflown)
        return error_set(error, FAULT_HARD, "no memory for a key's rights");
    register_store_push_key(&batch->writes.registered,
                            &(struct register_key){
                                .id = key_id,
                                .hash = request->key_hash.data,
                                .role = is_operator ? "operator" : "reseller",
                                .user_id = (int64_t)request->user_id,
                                .name = request->name,
                                .scopes = scopes.data,
                                .allowed_addresses = addresses.data,
                                .expires_at_us = request->expires_at_us,
                                .rate_per_minute = request->rate_per_minute,
                            });
    return 0;
}

/* "reseller vps:read vps:buy, until 2026-09-09T12:00:00Z, 600 a minute, from 10.0.0.0/8" */
static void note_rights(const Slipway__V1__IssueKey *request, struct act_note *note)
{
    struct buffer text = {.limit = 4096};
    char until[CLOCK_TEXT_SIZE];

    buffer_append_text(&text,
                       request->role == SLIPWAY__V1__ROLE__ROLE_OPERATOR ? "operator" : "reseller");
    for (size_t i = 0; i < request->n_scopes; ++i)
        buffer_append_format(&text, " %s", request->scopes[i]);
    if (request->expires_at_us != 0)
        buffer_append_format(&text, ", until %s", clock_format(request->expires_at_us, until));
    if (request->rate_per_minute != 0)
        buffer_append_format(&text, ", %" PRIu32 " a minute", request->rate_per_minute);
    for (size_t i = 0; i < request->n_allowed_addresses; ++i)
        buffer_append_format(&text, "%s %s", i == 0 ? ", from" : "", request->allowed_addresses[i]);
    if (!text.overflown)
        (void)snprintf(note->detail, sizeof(note->detail), "%s", text.data);
    buffer_deinit(&text);
}

static int issue(struct batch *batch, struct job *job, struct error *error)
{
    const Slipway__V1__IssueKey *request = job->command->issue_key;
    const int64_t key_id = batch_next_id(batch, SEQUENCE_KEY);
    const int result = push_key(batch, key_id, request, error);

    if (result < 0)
        return result;
    if (key_event_tell(batch, job,
                       &(struct key_event){
                           .type = EVENT_TYPE_KEY_ISSUED,
                           .key_id = key_id,
                           .user_id = (int64_t)request->user_id,
                           .name = request->name,
                       }))
        return error_set(error, FAULT_HARD, "no memory for an event");
    note_rights(request, &job->note);
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
