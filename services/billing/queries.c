#include "services/billing/queries_private.h"

#include <stddef.h>

enum { LIMIT_MAX = 200 };

static int answer_unknown(const struct query *query, const struct pg_rows *rows,
                          struct buffer *ret_packed, struct error *error)
{
    (void)query;
    (void)rows;
    return query_answer_not_found(ret_packed, error);
}

#define QUESTION(name) SLIPWAY__V1__QUERY__QUESTION_##name
#define FROM_ROWS(upper, lower)                                                                    \
    {                                                                                              \
        query_ask_##lower, NULL, query_answer_##lower, QUESTION(upper), false, false               \
    }
#define FROM_ROWS_OF_IDS(upper, lower)                                                             \
    {                                                                                              \
        query_ask_##lower, query_list_##lower, query_answer_##lower, QUESTION(upper), false, false \
    }
#define FROM_CATALOG(upper, lower)                                                                 \
    {                                                                                              \
        NULL, NULL, query_answer_##lower, QUESTION(upper), true, false                             \
    }
#define SLOWLY(upper, lower)                                                                       \
    {                                                                                              \
        query_ask_##lower, NULL, query_answer_##lower, QUESTION(upper), false, true                \
    }

static const struct question questions[] = {
    FROM_ROWS(FIND_KEY, find_key),
    FROM_ROWS(GET_USER, get_user),
    FROM_ROWS(LIST_USERS, list_users),
    FROM_ROWS(LIST_KEYS, list_keys),
    FROM_ROWS(LIST_TRANSACTIONS, list_transactions),
    FROM_CATALOG(GET_CATALOG, get_catalog),
    FROM_CATALOG(GET_QUOTE, get_quote),
    FROM_ROWS(GET_VPS, get_vps),
    FROM_ROWS(LIST_VPS, list_vps),
    FROM_ROWS_OF_IDS(LIST_VPS_CARDS, list_vps_cards),
    FROM_ROWS(GET_CREDENTIALS, get_credentials),
    FROM_ROWS(GET_CONSOLE, get_console),
    FROM_ROWS(GET_BATCH, get_batch),
    FROM_ROWS(GET_RECEIPT, get_receipt),
    FROM_ROWS(GET_DEPOSIT, get_deposit),
    SLOWLY(AUDIT_LEDGER, audit_ledger),
    FROM_ROWS(LIST_OPERATOR_LOG, list_operator_log),
    FROM_ROWS(GET_REFERRALS, get_referrals),
};

static const struct question unknown_question = {.answer = answer_unknown};

const struct question *queries_find(const Slipway__V1__Query *message)
{
    for (size_t i = 0; i < ARRAY_LENGTH(questions); ++i)
        if (questions[i].which == message->question_case)
            return &questions[i];
    return &unknown_question;
}

int64_t query_scope(const Slipway__V1__Query *message)
{
    const Slipway__V1__Principal *principal = message->principal;

    if (principal == NULL)
        return QUERY_NOBODY;
    if (principal->role == SLIPWAY__V1__ROLE__ROLE_OPERATOR)
        return QUERY_EVERYBODY;
    return principal->user_id == 0 ? QUERY_NOBODY : query_id(principal->user_id);
}

int64_t query_list_user(const Slipway__V1__Query *message, uint64_t named_user)
{
    const int64_t scope = query_scope(message);

    if (named_user == 0 || scope == query_id(named_user))
        return scope;
    return scope == QUERY_EVERYBODY ? query_id(named_user) : QUERY_NOBODY;
}

int64_t query_id(uint64_t id)
{
    return id > INT64_MAX ? QUERY_NOBODY : (int64_t)id;
}

int64_t query_before(uint64_t before_id)
{
    return before_id == 0 || before_id > INT64_MAX ? INT64_MAX : (int64_t)before_id;
}

int64_t query_until_us(int64_t to_us)
{
    /* 9999-12-31T23:59:59Z: the last time that is written anywhere. */
    static const int64_t end_of_time_us = 253402300799000000;

    return to_us == 0 ? end_of_time_us : to_us;
}

int64_t query_limit(uint32_t limit)
{
    if (limit == 0)
        return 1;
    return limit < LIMIT_MAX ? limit : LIMIT_MAX;
}

int query_page_length(const struct pg_rows *rows, uint32_t limit)
{
    const int count = pg_rows_count(rows);
    const int longest = (int)query_limit(limit);

    return count < longest ? count : longest;
}

char *query_text(const char *text)
{
    const union {
        const char *read_only;
        char *writable;
    } pointer = {.read_only = text};

    return pointer.writable;
}

int query_pack(const Slipway__V1__QueryResult *result, struct buffer *ret_packed,
               struct error *error)
{
    const size_t length = slipway__v1__query_result__get_packed_size(result);
    void *room = buffer_extend(ret_packed, length);

    if (room == NULL)
        return error_set(error, FAULT_HARD, "the answer is too large");
    (void)slipway__v1__query_result__pack(result, room);
    return 0;
}

int query_answer_not_found(struct buffer *ret_packed, struct error *error)
{
    Slipway__V1__NotFound not_found = SLIPWAY__V1__NOT_FOUND__INIT;
    Slipway__V1__QueryResult result = SLIPWAY__V1__QUERY_RESULT__INIT;

    result.answer_case = SLIPWAY__V1__QUERY_RESULT__ANSWER_NOT_FOUND;
    result.not_found = &not_found;
    return query_pack(&result, ret_packed, error);
}

int query_refuse(const struct problem *problem, const Slipway__V1__Query *message,
                 struct buffer *ret_packed, struct error *error)
{
    CLEANUP(buffer_deinit) struct buffer body = {0};
    Slipway__V1__Answer answer = SLIPWAY__V1__ANSWER__INIT;
    Slipway__V1__QueryResult result = SLIPWAY__V1__QUERY_RESULT__INIT;

    problem_render(problem, message->request_id, &body);
    if (body.overflown)
        return error_set(error, FAULT_HARD, "no memory for a refusal");
    answer.status = problem_status(problem->code);
    answer.body = (ProtobufCBinaryData){body.length, (uint8_t *)body.data};
    answer.retry_after_s = problem->retry_after_s;
    result.answer_case = SLIPWAY__V1__QUERY_RESULT__ANSWER_REFUSED;
    result.refused = &answer;
    return query_pack(&result, ret_packed, error);
}

int queries_refuse_unavailable(const Slipway__V1__Query *message, struct buffer *ret_packed,
                               struct error *error)
{
    struct problem problem = {.retry_after_s = 1};

    (void)problem_set(&problem, PROBLEM_UNAVAILABLE, "Billing can't answer now; try again.");
    return query_refuse(&problem, message, ret_packed, error);
}

int queries_refuse_internal(const Slipway__V1__Query *message, struct buffer *ret_packed,
                            struct error *error)
{
    struct problem problem = {0};

    (void)problem_set(&problem, PROBLEM_INTERNAL, "Billing could not answer this.");
    return query_refuse(&problem, message, ret_packed, error);
}
