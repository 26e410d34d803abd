#include "lib/http/problem.h"

#include <assert.h>

struct problem_row {
    uint32_t status;
    const char *name;
    const char *title;
};

/* The API's whole list of errors. PROBLEM_NONE is rendered only by mistake, hence its 500. */
static const struct problem_row table[PROBLEM_COUNT] = {
    [PROBLEM_NONE] = {500, "internal",                 "Internal error"                 },
    [PROBLEM_INVALID_JSON] = {400, "invalid_json",             "Invalid JSON"                   },
    [PROBLEM_INVALID_REQUEST] = {400, "invalid_request",          "Invalid request"                },
    [PROBLEM_IDEMPOTENCY_KEY_REQUIRED] = {400, "idempotency_key_required",
                      "Idempotency key required"                                        },
    [PROBLEM_IDEMPOTENCY_KEY_INVALID] = {400, "idempotency_key_invalid",  "Invalid idempotency key"        },
    [PROBLEM_UNAUTHORIZED] = {401, "unauthorized",             "Unauthorized"                   },
    [PROBLEM_SIGNATURE_REQUIRED] = {401, "signature_required",       "Signature required"             },
    [PROBLEM_SIGNATURE_INVALID] = {401, "signature_invalid",        "Invalid signature"              },
    [PROBLEM_SIGNATURE_EXPIRED] = {401, "signature_expired",        "Signature expired"              },
    [PROBLEM_INSUFFICIENT_FUNDS] = {402, "insufficient_funds",       "Insufficient funds"             },
    [PROBLEM_FORBIDDEN_SCOPE] = {403, "forbidden_scope",          "Scope missing"                  },
    [PROBLEM_MONEY_DISABLED] = {403, "money_disabled",           "Money operations are disabled"  },
    [PROBLEM_USER_BANNED] = {403, "user_banned",              "User is banned"                 },
    [PROBLEM_NOT_FOUND] = {404, "not_found",                "Not found"                      },
    [PROBLEM_METHOD_NOT_ALLOWED] = {405, "method_not_allowed",       "Method not allowed"             },
    [PROBLEM_NOT_ACCEPTABLE] = {406, "not_acceptable",           "Not acceptable"                 },
    [PROBLEM_REQUEST_TIMEOUT] = {408, "request_timeout",          "Request took too long to arrive"},
    [PROBLEM_IDEMPOTENCY_IN_PROGRESS] = {409, "idempotency_in_progress",
                      "The first request is still in work"                              },
    [PROBLEM_STATE_CONFLICT] = {409, "state_conflict",           "Conflict with the present state"},
    [PROBLEM_SOLD_OUT] = {409, "sold_out",                 "Sold out"                       },
    [PROBLEM_CONSOLE_UNAVAILABLE] = {409, "console_unavailable",      "Console unavailable"            },
    [PROBLEM_BODY_TOO_LARGE] = {413, "body_too_large",           "Body too large"                 },
    [PROBLEM_URI_TOO_LONG] = {414, "uri_too_long",             "URI too long"                   },
    [PROBLEM_UNSUPPORTED_MEDIA_TYPE] = {415, "unsupported_media_type",   "Unsupported media type"         },
    [PROBLEM_HEADERS_TOO_LARGE] = {431, "headers_too_large",        "Headers too large"              },
    [PROBLEM_VALIDATION_FAILED] = {422, "validation_failed",        "Validation failed"              },
    [PROBLEM_IDEMPOTENCY_MISMATCH] = {422, "idempotency_mismatch",
                      "Idempotency key used for another request"                        },
    [PROBLEM_RATE_LIMITED] = {429, "rate_limited",             "Too many requests"              },
    [PROBLEM_INTERNAL] = {500, "internal",                 "Internal error"                 },
    [PROBLEM_PROVIDER_ERROR] = {502, "provider_error",           "Payment provider failed"        },
    [PROBLEM_UNAVAILABLE] = {503, "unavailable",              "Temporarily unavailable"        },
    [PROBLEM_TIMEOUT] = {504, "timeout",                  "Timeout"                        },
};

static const struct problem_row *row_of(enum problem_code code)
{
    assert(code < PROBLEM_COUNT);
    return &table[code];
}

uint32_t problem_status(enum problem_code code)
{
    return row_of(code)->status;
}

const char *problem_name(enum problem_code code)
{
    return row_of(code)->name;
}

const char *problem_title(enum problem_code code)
{
    return row_of(code)->title;
}
