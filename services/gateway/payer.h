/* Whose money a request moves: the reseller's own, or that of the user whom an operator names in
 * the body or in ?user_id=. */
#pragma once

#include "services/gateway/request.h"

/* Adds a field error when an operator has named nobody, to be told together with all others.
 * `named_in_body` 0: nobody there. Returns the problem's code, 0 when there is none. */
MUST_CHECK int payer_check_named(struct request *request, uint64_t named_in_body);

/* The same, and then who it is. > 0: also for another tenant's user (404), or two that differ. */
MUST_CHECK int payer_find(struct request *request, uint64_t named_in_body, uint64_t *ret_user_id);
