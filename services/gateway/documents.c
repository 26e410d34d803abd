#include "services/gateway/documents.h"

#include "documents_embedded.h"

#include <assert.h>

#define HTML "text/html; charset=utf-8"

/* clang-format off */
static const struct document documents[DOCUMENT_COUNT] = {
    [DOCUMENT_OPENAPI] = {
        documents_embedded_openapi, sizeof(documents_embedded_openapi) - 1, "application/json",
        documents_embedded_openapi_etag, documents_embedded_openapi_policy},
    [DOCUMENT_REFERENCE] = {
        documents_embedded_docs, sizeof(documents_embedded_docs) - 1, HTML,
        documents_embedded_docs_etag, documents_embedded_docs_policy},
    [DOCUMENT_ERRORS] = {
        documents_embedded_errors, sizeof(documents_embedded_errors) - 1, HTML,
        documents_embedded_errors_etag, documents_embedded_errors_policy},
};
/* clang-format on */

const struct document *document_find(enum document_name name)
{
    assert(name < DOCUMENT_COUNT);
    return &documents[name];
}
