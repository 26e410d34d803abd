/* A request that the notifier answers. */
#pragma once

#include "services/gateway/request.h"

/* The call's user and request id are added here; `user_id` 0: anybody's. Replies `status` with what
 * `view` makes of a reply of the expected kind (NULL: nothing, no body), the notifier's refusal, or
 * a fault. 0: the request is on its way (or gone). */
MUST_CHECK int notifier_ask(struct request *request, Slipway__V1__NotifierCall *call,
                            uint64_t user_id, unsigned status,
                            Slipway__V1__NotifierReply__AnswerCase expected, notifier_view_fn view,
                            struct error *error);

/* Whose things are read: as request_query_user(). */
MUST_CHECK int notifier_find_reader(struct request *request, uint64_t *ret_user_id);
/* Whose things are written. > 0: 403 for a banned user, or as request_query_user(). */
MUST_CHECK int notifier_find_writer(struct request *request, uint64_t *ret_user_id);
/* The same for what is not found by its id: an operator must name the user (422). */
MUST_CHECK int notifier_find_named_reader(struct request *request, uint64_t *ret_user_id);
MUST_CHECK int notifier_find_named_writer(struct request *request, uint64_t *ret_user_id);
