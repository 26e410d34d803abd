#include "services/notifier/telegram_answer.h"

#include <jansson.h>

int64_t telegram_answer_silence_s(const char *body, size_t length)
{
    json_t *root = json_loadb(body, length, 0, NULL);
    const json_t *asked = json_object_get(json_object_get(root, "parameters"), "retry_after");
    const int64_t seconds = json_is_integer(asked) ? json_integer_value(asked) : 0;

    json_decref(root);
    if (seconds <= 0)
        return 0;
    return seconds < TELEGRAM_SILENCE_LONGEST_S ? seconds : TELEGRAM_SILENCE_LONGEST_S;
}
