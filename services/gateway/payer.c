#include "services/gateway/payer.h"

int payer_check_named(struct request *request, uint64_t named_in_body)
{
    if (key_record_is_operator(request->key) && named_in_body == 0 &&
        http_exchange_query(request->exchange, "user_id") == NULL)
        (void)problem_add_field(&request->problem, PROBLEM_VALIDATION_FAILED, "user_id_required",
                                "/user_id", "An operator names the user that pays.");
    return (int)request->problem.code;
}

int payer_find(struct request *request, uint64_t named_in_body, uint64_t *ret_user_id)
{
    uint64_t user_id = 0;
    int refusal = payer_check_named(request, named_in_body);

    if (refusal == 0)
        refusal = request_query_user(request, &user_id);
    if (refusal != 0)
        return refusal;
    if (named_in_body != 0 && user_id != 0 && named_in_body != user_id)
        return key_record_is_operator(request->key)
                   ? problem_add_field(&request->problem, PROBLEM_INVALID_REQUEST, "contradiction",
                                       "/user_id", "The query names another user.")
                   : request_refuse_not_found(request);
    *ret_user_id = user_id != 0 ? user_id : named_in_body;
    return 0;
}
