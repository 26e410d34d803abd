/* Members that the bodies of several requests have. */
#pragma once

#include "lib/http/json_request.h"

/* "user_id", the user that an operator names; 0: the body names nobody. */
uint64_t body_read_user_id(struct json_reader *reader);

/* "period_months"; a number that is no period comes out as 0, which billing knows as unknown: in a
 * bulk it must not spoil its neighbours. */
uint32_t body_read_period(struct json_reader *reader);
