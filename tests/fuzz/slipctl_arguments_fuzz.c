/* A command line, a word a line; what is accepted makes a path and a body. */
#include "slipctl/outcome.h"
#include "slipctl/request.h"
#include "slipctl/text.h"

#include <assert.h>
#include <jansson.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { WORDS_MAX = 32 };

static void make_request(const struct arguments *arguments)
{
    CLEANUP(buffer_deinit) struct buffer path = {0};
    CLEANUP(buffer_deinit) struct buffer body = {0};
    json_t *object;

    if (arguments->command->request.path == NULL)
        return;
    request_append_path(arguments->command, arguments, &path);
    assert(path.data[0] == '/' && strpbrk(path.data, " \r\n\t\"<>\\") == NULL);
    request_append_body(arguments->command, arguments, &body);
    if (body.length == 0)
        return;
    object = json_loads(body.data, JSON_REJECT_DUPLICATES, NULL);
    assert(json_is_object(object));
    json_decref(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(cleanup_free) char *text = strndup((const char *)data, size);
    char *words[WORDS_MAX + 1];
    struct arguments arguments;
    struct error error = {0};
    char *rest = text;
    int count = 0;
    int result;

    assert(text != NULL);
    text_init();
    while (count < WORDS_MAX && rest != NULL)
        words[count++] = strsep(&rest, "\n");
    words[count] = NULL;
    result = arguments_parse(count, words, &arguments, &error);
    assert(result == 0 || (result == OUTCOME_MISUSED && error.text[0] != '\0'));
    if (result == 0 && !arguments_have(&arguments, ARGUMENT_HELP) &&
        !arguments_have(&arguments, ARGUMENT_VERSION))
        make_request(&arguments);
    return 0;
}
