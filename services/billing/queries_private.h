/* What the query_<topic>.c share, and what they give to the table in queries.c. */
#pragma once

#include "lib/http/problem.h"
#include "services/billing/queries.h"

/* Whose things the principal may see: everybody's for operators, one user's, or nobody's. */
enum { QUERY_EVERYBODY = 0, QUERY_NOBODY = -1 };

int64_t query_scope(const Slipway__V1__Query *message);

/* Whose things a list is about: the scope, narrowed to `named_user` unless that is 0. */
int64_t query_list_user(const Slipway__V1__Query *message, uint64_t named_user);

/* A public id as a key: what does not fit is nobody's id. */
int64_t query_id(uint64_t id);

/* "checkout:5678" → "checkout" and 5678. NULL: nobody's batch; *ret_id is then untouched. */
const char *query_split_batch_id(const char *text, int64_t *ret_id);

/* The first page begins above every id. */
int64_t query_before(uint64_t before_id);

/* A list goes up to this when it is asked for without an end. */
int64_t query_until_us(int64_t to_us);

/* 1 … 200. */
int64_t query_limit(uint32_t limit);

/* How many of the rows (one more than the limit was asked for) go on this page. */
int query_page_length(const struct pg_rows *rows, uint32_t limit);

/* protobuf-c's members aren't const; what is packed is only read. */
char *query_text(const char *text);

MUST_CHECK int query_pack(const Slipway__V1__QueryResult *result, struct buffer *ret_packed,
                          struct error *error);
MUST_CHECK int query_answer_not_found(struct buffer *ret_packed, struct error *error);
MUST_CHECK int query_refuse(const struct problem *problem, const Slipway__V1__Query *message,
                            struct buffer *ret_packed, struct error *error);

#define QUERY_ASK(name)                                                                            \
    const struct pg_statement *query_ask_##name(const Slipway__V1__Query *message,                 \
                                                struct pg_args *args)
#define QUERY_LIST(name)                                                                           \
    void query_list_##name(const Slipway__V1__Query *message, struct pg_array *ret_ids)
#define QUERY_ANSWER(name)                                                                         \
    int query_answer_##name(const struct query *query, const struct pg_rows *rows,                 \
                            struct buffer *ret_packed, struct error *error)

QUERY_ASK(find_key);
QUERY_ANSWER(find_key);
QUERY_ASK(get_user);
QUERY_ANSWER(get_user);
QUERY_ASK(list_users);
QUERY_ANSWER(list_users);
QUERY_ASK(list_keys);
QUERY_ANSWER(list_keys);
QUERY_ASK(list_transactions);
QUERY_ANSWER(list_transactions);
QUERY_ASK(audit_ledger);
QUERY_ANSWER(audit_ledger);
QUERY_ASK(list_operator_log);
QUERY_ANSWER(list_operator_log);
QUERY_ASK(get_referrals);
QUERY_ANSWER(get_referrals);
QUERY_ANSWER(get_catalog);
QUERY_ANSWER(get_quote);
QUERY_ASK(get_vps);
QUERY_ANSWER(get_vps);
QUERY_ASK(list_vps);
QUERY_ANSWER(list_vps);
QUERY_ASK(list_vps_cards);
QUERY_LIST(list_vps_cards);
QUERY_ANSWER(list_vps_cards);
QUERY_ASK(get_credentials);
QUERY_ANSWER(get_credentials);
QUERY_ASK(get_console);
QUERY_ANSWER(get_console);
QUERY_ASK(get_batch);
QUERY_ANSWER(get_batch);
QUERY_ASK(get_receipt);
QUERY_ANSWER(get_receipt);
QUERY_ASK(get_deposit);
QUERY_ANSWER(get_deposit);
