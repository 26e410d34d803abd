/* Errors of the HTTP API as application/problem+json (RFC 9457): one table, code → status and
 * title. */
#pragma once

#include "lib/base/buffer.h"
#include "lib/base/error.h"

#include <stdbool.h>
#include <stdint.h>

enum problem_code {
    PROBLEM_NONE,
    PROBLEM_INVALID_JSON,
    PROBLEM_INVALID_REQUEST,
    PROBLEM_IDEMPOTENCY_KEY_REQUIRED,
    PROBLEM_IDEMPOTENCY_KEY_INVALID,
    PROBLEM_UNAUTHORIZED,
    PROBLEM_SIGNATURE_REQUIRED,
    PROBLEM_SIGNATURE_INVALID,
    PROBLEM_SIGNATURE_EXPIRED,
    PROBLEM_INSUFFICIENT_FUNDS,
    PROBLEM_FORBIDDEN_SCOPE,
    PROBLEM_MONEY_DISABLED,
    PROBLEM_USER_BANNED,
    PROBLEM_NOT_FOUND,
    PROBLEM_METHOD_NOT_ALLOWED,
    PROBLEM_NOT_ACCEPTABLE,
    PROBLEM_REQUEST_TIMEOUT,
    PROBLEM_IDEMPOTENCY_IN_PROGRESS,
    PROBLEM_STATE_CONFLICT,
    PROBLEM_SOLD_OUT,
    PROBLEM_CONSOLE_UNAVAILABLE,
    PROBLEM_BODY_TOO_LARGE,
    PROBLEM_URI_TOO_LONG,
    PROBLEM_UNSUPPORTED_MEDIA_TYPE,
    PROBLEM_HEADERS_TOO_LARGE,
    PROBLEM_VALIDATION_FAILED,
    PROBLEM_IDEMPOTENCY_MISMATCH,
    PROBLEM_RATE_LIMITED,
    PROBLEM_INTERNAL,
    PROBLEM_PROVIDER_ERROR,
    PROBLEM_UNAVAILABLE,
    PROBLEM_TIMEOUT,
    PROBLEM_COUNT,
};

/* One entry of "errors". Texts are copied by the setters below. */
struct problem_field {
    /* RFC 6901 JSON pointer into the body ("" the whole), or "?name" for a query parameter. */
    char pointer[96];
    /* "unknown_plan", "out_of_range", … */
    char code[40];
    char detail[160];
};

enum { PROBLEM_FIELDS_MAX = 128 };

struct problem {
    enum problem_code code;
    char detail[256];
    /* Owned; NULL when there are none. */
    struct problem_field *fields;
    size_t field_count;
    /* Only rendered for PROBLEM_INSUFFICIENT_FUNDS. */
    int64_t required_cents, balance_cents;
    /* Retry-After header in seconds; 0: none. */
    uint32_t retry_after_s;
};

/* Frees the fields and empties it; may be used again. */
void problem_deinit(struct problem *problem);

/* Sets code and detail, keeps fields. Always returns PROBLEM_CODE (> 0), to be returned as a
 * refusal. */
int problem_set(struct problem *problem, enum problem_code code, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* Adds an entry; past PROBLEM_FIELDS_MAX entries are dropped. When code is still PROBLEM_NONE it
 * becomes `code`. Returns the problem's code (> 0). */
int problem_add_field(struct problem *problem, enum problem_code code, const char *field_code,
                      const char *pointer, const char *format, ...) PRINTF_LIKE(5, 6);

uint32_t problem_status(enum problem_code code);   /* 402 */
const char *problem_name(enum problem_code code);  /* "insufficient_funds" */
const char *problem_title(enum problem_code code); /* "Insufficient funds" */

/* The body, members in the order of the contract. */
void problem_render(const struct problem *problem, const char *request_id, struct buffer *ret_body);
