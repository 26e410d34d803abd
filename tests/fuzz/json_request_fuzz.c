/* Any bytes as a JSON body: parsed or refused, and what was parsed is read by each getter. */
#include "lib/http/json_request.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_members(const json_t *object, struct problem *problem)
{
    struct json_reader reader;
    const char *text;
    const json_t *array;
    int64_t number;
    bool flag;

    json_reader_init(&reader, object, "/items/0", problem);
    (void)json_reader_text(&reader, "a", 8, &text);
    (void)json_reader_integer(&reader, "b", 1, 12, &number);
    (void)json_reader_bool(&reader, "c", &flag);
    (void)json_reader_money(&reader, "d", 100, 100000, &number);
    (void)json_reader_array(&reader, "e", 3, &array);
    json_reader_finish(&reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(problem_deinit) struct problem problem = {0};
    CLEANUP(buffer_deinit) struct buffer body = {0};
    json_t *root = NULL;
    json_t *rendered;

    if (json_request_parse((const char *)data, size, &root, &problem) == 0)
        read_members(root, &problem);
    json_decref(root);
    problem_render(&problem, "id", &body);
    rendered = json_loadb(body.data, body.length, JSON_REJECT_DUPLICATES, NULL);
    assert(rendered != NULL);
    json_decref(rendered);
    return 0;
}
