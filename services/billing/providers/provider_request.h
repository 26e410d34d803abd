/* Requests to providers, piece by piece. Whatever goes wrong on the way (no memory, a setting that
 * would break a header) is told once, by provider_request_finish(). */
#pragma once

#include "services/billing/providers/provider.h"

/* `path` begins with a slash and is taken as it is; the request must be zeroed. */
void provider_request_begin(struct provider_request *request, const char *method,
                            const struct provider_settings *settings, const char *path);

/* "?name=value", or "&name=value" after the first; the value is percent-encoded. */
void provider_request_add_query(struct provider_request *request, const char *name,
                                const char *value);

/* Percent-encoded, one part of a path. */
void provider_request_add_path(struct provider_request *request, const char *part);

/* "name: prefix value". */
void provider_request_add_header(struct provider_request *request, const char *name,
                                 const char *prefix, const char *value);

/* The body is JSON, and JSON is what is asked for. */
void provider_request_expect_json(struct provider_request *request);

/* Hands *built on to *ret_request. FAULT_HARD: it is not whole; *built is then still the caller's.
 */
MUST_CHECK int provider_request_finish(struct provider_request *built,
                                       struct provider_request *ret_request, struct error *error);
