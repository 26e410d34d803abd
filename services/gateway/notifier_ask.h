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

/* Whose things are meant where nothing is found by its id: as request_query_user(), but an operator
 * must name the user (> 0: 422). */
MUST_CHECK int notifier_find_user(struct request *request, uint64_t *ret_user_id);
