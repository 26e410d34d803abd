#include "services/billing/providers/provider_request.h"

#include <assert.h>
#include <string.h>

void provider_request_deinit(struct provider_request *request)
{
    buffer_deinit(&request->url);
    buffer_deinit(&request->body);
    for (size_t i = 0; i < request->header_count; ++i)
        buffer_deinit(&request->headers[i]);
    request->header_count = 0;
}

void provider_request_begin(struct provider_request *request, const char *method,
                            const struct provider_settings *settings, const char *path)
{
    request->method = method;
    buffer_append_text(&request->url, settings->base_url);
    buffer_append_text(&request->url, path);
}

void provider_request_add_query(struct provider_request *request, const char *name,
                                const char *value)
{
    const bool first =
        request->url.data == NULL || memchr(request->url.data, '?', request->url.length) == NULL;

    buffer_append_format(&request->url, "%c%s=", first ? '?' : '&', name);
    buffer_append_percent_encoded(&request->url, value, "");
}

void provider_request_add_path(struct provider_request *request, const char *part)
{
    buffer_append_percent_encoded(&request->url, part, "");
}

void provider_request_add_header(struct provider_request *request, const char *name,
                                 const char *prefix, const char *value)
{
    assert(request->header_count < PROVIDER_HEADERS_MAX);
    buffer_append_format(&request->headers[request->header_count++], "%s: %s%s", name, prefix,
                         value);
}

void provider_request_expect_json(struct provider_request *request)
{
    provider_request_add_header(request, "Content-Type", "", "application/json");
    provider_request_add_header(request, "Accept", "", "application/json");
}

/* A line break in a setting would begin another header, and a space another target. */
static bool is_clean(const struct buffer *text, char lowest)
{
    if (text->overflown || text->length == 0)
        return false;
    for (size_t i = 0; i < text->length; ++i)
        if (text->data[i] < lowest || text->data[i] > '~')
            return false;
    return true;
}

int provider_request_finish(struct provider_request *built, struct provider_request *ret_request,
                            struct error *error)
{
    if (built->body.overflown)
        return error_set(error, FAULT_HARD, "no memory for a request to a provider");
    if (!is_clean(&built->url, '!'))
        return error_set(error, FAULT_HARD, "a provider's address can't be used");
    for (size_t i = 0; i < built->header_count; ++i)
        if (!is_clean(&built->headers[i], ' '))
            return error_set(error, FAULT_HARD, "a provider's token can't stand in a header");
    *ret_request = *built;
    *built = (struct provider_request){0};
    return 0;
}
