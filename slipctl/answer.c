#include "slipctl/answer.h"

#include <sodium.h>
#include <string.h>

enum {
    USUAL_SIZE = 16384,
    /* 200 rows a page are far below it. */
    LONGEST = 16 * 1024 * 1024,
};

void answer_init(struct answer *answer)
{
    *answer = (struct answer){.body = {.limit = LONGEST}};
    (void)buffer_extend(&answer->body, USUAL_SIZE);
    buffer_reset(&answer->body);
}

void answer_reset(struct answer *answer)
{
    answer->status = 0;
    answer->content_type[0] = '\0';
    answer->request_id[0] = '\0';
    answer->retry_after_s = 0;
    if (answer->body.data != NULL)
        sodium_memzero(answer->body.data, answer->body.capacity);
    buffer_reset(&answer->body);
}

void answer_deinit(struct answer *answer)
{
    answer_reset(answer);
    buffer_deinit(&answer->body);
}

bool answer_is_success(const struct answer *answer)
{
    return answer->status >= 200 && answer->status <= 299;
}

json_t *answer_json(const struct answer *answer)
{
    json_t *root;

    /* jansson passes over a NUL behind a number or a word, which is no JSON. */
    if (answer->body.length == 0 || memchr(answer->body.data, '\0', answer->body.length) != NULL)
        return NULL;
    root = json_loadb(answer->body.data, answer->body.length, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(root)) {
        json_decref(root);
        return NULL;
    }
    return root;
}

bool answer_has_code(const struct answer *answer, const char *code)
{
    json_t *root = answer_json(answer);
    const char *text = json_string_value(json_object_get(root, "code"));
    const bool has = text != NULL && strcmp(text, code) == 0;

    json_decref(root);
    return has;
}
