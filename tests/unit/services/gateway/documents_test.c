/* The document says what the endpoint table and the error table say, neither more nor less. */
#include "services/gateway/documents.h"

#include "lib/http/problem.h"
#include "services/gateway/catalog_cache.h"
#include "services/gateway/endpoint.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char *const methods[] = {"get", "post", "put", "delete"};

static int load_document(void **state)
{
    const struct document *document = document_find(DOCUMENT_OPENAPI);

    *state = json_loadb(document->text, document->length, JSON_REJECT_DUPLICATES, NULL);
    return *state == NULL;
}

static int free_document(void **state)
{
    json_decref(*state);
    return 0;
}

/* The operation that documents an endpoint; NULL: none does. */
static json_t *operation_of(json_t *document, const struct endpoint *endpoint)
{
    const char *path = endpoint->route.pattern + strlen(API_BASE);
    json_t *item = json_object_get(json_object_get(document, "paths"), path);

    for (size_t i = 0; i < ARRAY_LENGTH(methods); ++i)
        if (strcasecmp(methods[i], endpoint->route.method) == 0)
            return json_object_get(item, methods[i]);
    return NULL;
}

/* What "#/components/…" stands for, the node itself when it is no reference. */
static json_t *resolve(json_t *document, json_t *node)
{
    const char *reference = json_string_value(json_object_get(node, "$ref"));
    char name[128];

    if (reference == NULL)
        return node;
    assert_memory_equal(reference, "#/", 2);
    node = document;
    for (const char *at = reference + 2; *at != '\0'; at += *at == '/') {
        const size_t length = strcspn(at, "/");

        assert_true(length < sizeof(name));
        memcpy(name, at, length);
        name[length] = '\0';
        node = json_object_get(node, name);
        assert_non_null(node);
        at += length;
    }
    return node;
}

static json_t *find_parameter(json_t *document, json_t *operation, const char *place,
                              const char *name)
{
    size_t index;
    json_t *entry;

    json_array_foreach(json_object_get(operation, "parameters"), index, entry)
    {
        json_t *parameter = resolve(document, entry);

        if (strcmp(json_string_value(json_object_get(parameter, "in")), place) == 0 &&
            strcmp(json_string_value(json_object_get(parameter, "name")), name) == 0)
            return parameter;
    }
    return NULL;
}

static size_t count_parameters(json_t *document, json_t *operation, const char *place)
{
    size_t index;
    size_t count = 0;
    json_t *entry;

    json_array_foreach(
        json_object_get(operation, "parameters"), index,
        entry) if (strcmp(json_string_value(json_object_get(resolve(document, entry), "in")),
                          place) == 0)++ count;
    return count;
}

/* ---- routes */

static void every_endpoint_is_documented(void **state)
{
    size_t count;
    const struct endpoint *table = endpoint_table(&count);

    for (size_t i = 0; i < count; ++i)
        if (operation_of(*state, &table[i]) == NULL)
            fail_msg("the document lacks %s %s", table[i].route.method, table[i].route.pattern);
}

static bool is_endpoint(const char *method, const char *path)
{
    size_t count;
    const struct endpoint *table = endpoint_table(&count);

    for (size_t i = 0; i < count; ++i)
        if (strcasecmp(table[i].route.method, method) == 0 &&
            strcmp(table[i].route.pattern + strlen(API_BASE), path) == 0)
            return true;
    return false;
}

static void every_documented_operation_is_an_endpoint(void **state)
{
    const char *path, *method;
    json_t *item, *operation;

    json_object_foreach(json_object_get(*state, "paths"), path, item)
        json_object_foreach(item, method, operation) if (!is_endpoint(method, path))
            fail_msg("there is no endpoint %s %s", method, path);
}

static void check_query(json_t *document, json_t *operation, const struct endpoint *endpoint)
{
    const char *names = endpoint->query;
    char name[64];
    size_t count = 0;

    for (; *names != '\0'; names += strcspn(names, " ") + 1, ++count) {
        (void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(names, " "), names);
        if (find_parameter(document, operation, "query", name) == NULL)
            fail_msg("%s: ?%s is not documented", endpoint->route.pattern, name);
    }
    if (count_parameters(document, operation, "query") != count)
        fail_msg("%s: documented query parameters do not exist", endpoint->route.pattern);
}

static void the_document_names_exactly_the_query_parameters_of_each_route(void **state)
{
    size_t count;
    const struct endpoint *table = endpoint_table(&count);

    for (size_t i = 0; i < count; ++i)
        check_query(*state, operation_of(*state, &table[i]), &table[i]);
}

static void check_path(json_t *document, json_t *operation, const struct endpoint *endpoint)
{
    const char *at = endpoint->route.pattern;
    char name[64];
    size_t count = 0;

    while ((at = strchr(at, '{')) != NULL) {
        ++at;
        (void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(at, "}"), at);
        assert_non_null(find_parameter(document, operation, "path", name));
        ++count;
    }
    assert_int_equal(count_parameters(document, operation, "path"), count);
}

static void the_document_names_exactly_the_path_parameters_of_each_route(void **state)
{
    size_t count;
    const struct endpoint *table = endpoint_table(&count);

    for (size_t i = 0; i < count; ++i)
        check_path(*state, operation_of(*state, &table[i]), &table[i]);
}

/* Any of `flags` is what the document calls `what`. */
static void assert_flag(const struct endpoint *endpoint, unsigned flags, bool documented,
                        const char *what)
{
    if (((endpoint->flags & flags) != 0) != documented)
        fail_msg("%s %s: table and document differ in %s", endpoint->route.method,
                 endpoint->route.pattern, what);
}

static bool answers_with(json_t *document, json_t *operation, const char *media_type)
{
    json_t *response = json_object_get(json_object_get(operation, "responses"), "200");

    return json_object_get(json_object_get(resolve(document, response), "content"), media_type) !=
           NULL;
}

static void check_flags(json_t *document, json_t *operation, const struct endpoint *endpoint)
{
    json_t *security = json_object_get(operation, "security");
    const char *scope = json_string_value(json_object_get(operation, "x-scope"));
    const char *expected = scope_name(endpoint->scope);

    assert_flag(endpoint, ENDPOINT_MONEY, json_is_true(json_object_get(operation, "x-money")),
                "x-money");
    assert_flag(endpoint, ENDPOINT_MONEY,
                find_parameter(document, operation, "header", "Idempotency-Key") != NULL,
                "Idempotency-Key");
    assert_flag(endpoint, ENDPOINT_OPERATOR, json_is_true(json_object_get(operation, "x-operator")),
                "x-operator");
    assert_flag(endpoint, ENDPOINT_BODY | ENDPOINT_RAW,
                json_object_get(operation, "requestBody") != NULL, "requestBody");
    assert_flag(endpoint, ENDPOINT_RAW, json_is_true(json_object_get(operation, "x-raw")), "x-raw");
    assert_flag(endpoint, ENDPOINT_STREAM, answers_with(document, operation, "text/event-stream"),
                "text/event-stream");
    assert_flag(endpoint, ENDPOINT_PAGE, answers_with(document, operation, "text/html"),
                "text/html");
    assert_flag(endpoint, ENDPOINT_OPEN, security != NULL && json_array_size(security) == 0,
                "security");
    assert_true((scope == NULL) == ((endpoint->flags & ENDPOINT_OPEN) != 0));
    if (scope != NULL)
        assert_string_equal(scope, expected);
}

static void the_document_has_scope_and_flags_of_each_route(void **state)
{
    size_t count;
    const struct endpoint *table = endpoint_table(&count);

    for (size_t i = 0; i < count; ++i)
        check_flags(*state, operation_of(*state, &table[i]), &table[i]);
}

/* ---- errors */

static json_t *schema(json_t *document, const char *name)
{
    json_t *schemas = json_object_get(json_object_get(document, "components"), "schemas");

    return json_object_get(schemas, name);
}

static void every_error_is_documented_with_its_status_and_title(void **state)
{
    json_t *examples = json_object_get(json_object_get(*state, "components"), "examples");

    for (int code = PROBLEM_NONE + 1; code < PROBLEM_COUNT; ++code) {
        const char *name = problem_name((enum problem_code)code);
        json_t *value = json_object_get(json_object_get(examples, name), "value");

        if (value == NULL)
            fail_msg("the error %s is not documented", name);
        assert_string_equal(json_string_value(json_object_get(value, "code")), name);
        assert_string_equal(json_string_value(json_object_get(value, "title")),
                            problem_title((enum problem_code)code));
        assert_int_equal(json_integer_value(json_object_get(value, "status")),
                         problem_status((enum problem_code)code));
    }
}

static void no_error_is_documented_that_does_not_exist(void **state)
{
    /* All of the table are there, so the same number means the same ones. */
    assert_int_equal(json_array_size(json_object_get(schema(*state, "ErrorCode"), "enum")),
                     PROBLEM_COUNT - 1);
}

static void the_type_of_every_error_leads_to_its_place_on_the_page(void **state)
{
    const struct document *page = document_find(DOCUMENT_ERRORS);
    char anchor[80];

    (void)state;
    for (int code = PROBLEM_NONE + 1; code < PROBLEM_COUNT; ++code) {
        (void)snprintf(anchor, sizeof(anchor), "<section id=\"%s\">",
                       problem_name((enum problem_code)code));
        assert_non_null(strstr(page->text, anchor));
    }
}

static void every_document_has_the_tag_of_its_bytes(void **state)
{
    char etag[ETAG_SIZE];

    (void)state;
    for (int name = 0; name < DOCUMENT_COUNT; ++name) {
        const struct document *document = document_find((enum document_name)name);
        struct buffer body = {0};

        buffer_append(&body, document->text, document->length);
        etag_make(&body, etag);
        assert_string_equal(document->etag, etag);
        buffer_deinit(&body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_endpoint_is_documented),
        cmocka_unit_test(every_documented_operation_is_an_endpoint),
        cmocka_unit_test(the_document_names_exactly_the_query_parameters_of_each_route),
        cmocka_unit_test(the_document_names_exactly_the_path_parameters_of_each_route),
        cmocka_unit_test(the_document_has_scope_and_flags_of_each_route),
        cmocka_unit_test(every_error_is_documented_with_its_status_and_title),
        cmocka_unit_test(no_error_is_documented_that_does_not_exist),
        cmocka_unit_test(the_type_of_every_error_leads_to_its_place_on_the_page),
        cmocka_unit_test(every_document_has_the_tag_of_its_bytes),
    };

    return cmocka_run_group_tests(tests, load_document, free_document);
}
