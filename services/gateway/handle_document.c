#include "services/gateway/catalog_cache.h"
#include "services/gateway/documents.h"
#include "services/gateway/handlers.h"

/* Who has this very text gets 304 instead. */
static int reply_document(struct request *request, enum document_name name)
{
    const struct document *document = document_find(name);
    struct http_exchange *exchange = request->exchange;
    struct buffer body = {0};

    http_exchange_set_header(exchange, "ETag", document->etag);
    http_exchange_set_header(exchange, "Cache-Control", "public, no-cache");
    http_exchange_set_header(exchange, "Content-Security-Policy", document->policy);
    http_exchange_set_header(exchange, "Referrer-Policy", "no-referrer");
    if (etag_matches(http_exchange_header(exchange, "If-None-Match"), document->etag)) {
        http_exchange_reply(exchange, 304, NULL, &body);
        return 0;
    }
    buffer_append(&body, document->text, document->length);
    http_exchange_reply(exchange, 200, document->media_type, &body);
    return 0;
}

int handle_openapi(struct request *request, struct error *error)
{
    (void)error;
    return reply_document(request, DOCUMENT_OPENAPI);
}

int handle_docs(struct request *request, struct error *error)
{
    (void)error;
    return reply_document(request, DOCUMENT_REFERENCE);
}

int handle_docs_errors(struct request *request, struct error *error)
{
    (void)error;
    return reply_document(request, DOCUMENT_ERRORS);
}
