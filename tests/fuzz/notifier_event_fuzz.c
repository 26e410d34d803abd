/* A message of hosting.events: the first byte picks the type, the rest is the value. What is read
 * comes out as JSON. */
#include "services/notifier/event.h"

#include <assert.h>
#include <jansson.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(buffer_deinit) struct buffer body = {.limit = EVENT_BODY_LIMIT};
    CLEANUP(event_deinit) struct event event = {.data = NULL};
    const char *type = size > 0 ? event_type_at(data[0]) : NULL;
    struct event_message message = {
        .id = {data,                   size < 16 ? size : 16},
        .subject = {"vps:77",               6                    },
        .time = {"2026-09-09T12:00:00Z", 20                   }
    };
    struct error error;
    json_t *root;

    if (type == NULL)
        return 0;
    message.type = (struct event_text){type, strlen(type)};
    message.value = data + 1;
    message.value_length = size - 1;
    if (event_read(&message, &event, &error) != 0) {
        message.id = (struct event_text){"1", 1};
        if (event_read(&message, &event, &error) != 0)
            return 0;
    }
    event_render(&event, &body);
    if (body.overflown)
        return 0;
    root = json_loads(body.data, JSON_REJECT_DUPLICATES, NULL);
    assert(root != NULL);
    json_decref(root);
    return 0;
}
