#include "slipctl/base_url.h"
#include "slipctl/call.h"
#include "slipctl/handlers.h"
#include "slipctl/request.h"

#include <string.h>

enum {
    PAGE_ROWS = 200,
    /* Beyond it a filter is asked for. */
    ROWS_MAX = 100000,
};

/* The rows so far, as the server's document has them. */
struct pages {
    /* {"items":[…],"next_cursor":null} */
    json_t *document;
    size_t wanted;
};

static void pages_deinit(struct pages *pages)
{
    json_decref(pages->document);
}

static json_t *rows_of(const json_t *document)
{
    return json_object_get(document, "items");
}

static const char *cursor_of(const json_t *document)
{
    return json_string_value(json_object_get(document, "next_cursor"));
}

static void append_page(const struct arguments *arguments, const char *cursor, size_t limit,
                        struct buffer *path)
{
    request_append_path(arguments->command, arguments, path);
    if (path->overflown)
        return;
    buffer_append_text(path, strchr(path->data, '?') != NULL ? "&" : "?");
    buffer_append_format(path, "limit=%zu", limit);
    if (cursor == NULL)
        return;
    buffer_append_text(path, "&cursor=");
    base_url_append_encoded(path, cursor);
}

static int fetch(struct session *session, const struct arguments *arguments,
                 const struct pages *pages, struct answer *ret_answer, struct error *error)
{
    CLEANUP(buffer_deinit) struct buffer path = {0};
    const size_t left = pages->wanted - json_array_size(rows_of(pages->document));
    struct call call = {.method = "GET"};

    append_page(arguments, cursor_of(pages->document), left < PAGE_ROWS ? left : PAGE_ROWS, &path);
    if (path.overflown)
        return outcome_set(error, OUTCOME_REFUSED, "There is no memory left.");
    call.path = path.data;
    return call_send(session, &call, ret_answer, error);
}

/* The first page is the document; the rows and the cursor of the others go into it. True: it is no
 * list. */
static bool add_page(struct pages *pages, const struct answer *answer)
{
    json_t *page = answer_json(answer);
    bool failed = !json_is_array(rows_of(page));

    if (failed || pages->document == NULL) {
        pages->document = failed ? pages->document : json_incref(page);
    } else {
        failed = json_array_extend(rows_of(pages->document), rows_of(page)) != 0 ||
                 json_object_set(pages->document, "next_cursor",
                                 json_object_get(page, "next_cursor")) != 0;
    }
    json_decref(page);
    return failed;
}

static bool is_complete(const struct pages *pages)
{
    return pages->document != NULL && (cursor_of(pages->document) == NULL ||
                                       json_array_size(rows_of(pages->document)) >= pages->wanted);
}

static int print_pages(struct session *session, const struct arguments *arguments,
                       const struct pages *pages, const struct answer *only_page,
                       struct error *error)
{
    char *text;

    if (only_page != NULL)
        return session_print_answer(session, only_page, arguments->command->views, error);
    if (!session->settings.is_json) {
        session_print_views(session, arguments->command->views, pages->document);
        return 0;
    }
    text = json_dumps(pages->document, JSON_COMPACT);
    if (text == NULL)
        return outcome_set(error, OUTCOME_REFUSED, "There is no memory left.");
    session_print_json(session, text, strlen(text));
    free(text);
    return 0;
}

int run_list(struct session *session, const struct arguments *arguments, struct error *error)
{
    CLEANUP(pages_deinit)
    struct pages pages = {
        .wanted = (size_t)arguments_number(arguments, ARGUMENT_LIMIT, ROWS_MAX),
    };
    CLEANUP(answer_deinit) struct answer answer;
    size_t count = 0;

    answer_init(&answer);
    while (!is_complete(&pages)) {
        const size_t before = json_array_size(rows_of(pages.document));
        const int result = fetch(session, arguments, &pages, &answer, error);

        if (result != 0)
            return result;
        if (add_page(&pages, &answer))
            return outcome_set(error, OUTCOME_REFUSED, "The server's answer is no list.");
        ++count;
        /* A cursor that leads nowhere would lead there for ever. */
        if (json_array_size(rows_of(pages.document)) == before && !is_complete(&pages))
            return outcome_set(error, OUTCOME_REFUSED, "The server's list does not end.");
    }
    if (cursor_of(pages.document) != NULL && !arguments_have(arguments, ARGUMENT_LIMIT))
        terminal_say(&session->terminal, "There is more: these are the newest %d.", ROWS_MAX);
    return print_pages(session, arguments, &pages, count == 1 ? &answer : NULL, error);
}
