/* Whose money a request moves: the reseller's own, or that of the user whom an operator names. */
#pragma once

#include "services/gateway/request.h"

/* Adds the field error of an operator that names nobody, beside those that are there. > 0: the
 * problem's code, whatever it is about. `named_in_body` 0: the body names nobody. */
MUST_CHECK int payer_check_named(struct request *request, uint64_t named_in_body);

/* The user, from the body or ?user_id=. > 0: as payer_check_named(), 404 for another tenant's
 * user, 400 for two different ones. */
MUST_CHECK int payer_find(struct request *request, uint64_t named_in_body, uint64_t *ret_user_id);
