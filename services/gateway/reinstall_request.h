/* The body of POST /vps/{id}/reinstall. */
#pragma once

#include "proto/billing.pb-c.h"

#include "lib/http/json_request.h"

/* {"os_code"}; the text is borrowed from the JSON. > 0: `problem` holds all field errors. An
 * unknown system is billing's to find. */
MUST_CHECK int reinstall_request_read(const json_t *body, Slipway__V1__ReinstallVps *ret_reinstall,
                                      struct problem *problem);
