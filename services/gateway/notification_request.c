#include "services/gateway/notification_request.h"

#include "services/gateway/proto_text.h"

#include <stdio.h>

enum { EMAIL_LENGTH_MAX = 254, LANGUAGE_LENGTH_MAX = 8, NOTICE_LENGTH_MAX = 32 };

static void read_choice(const char *name, const json_t *object,
                        struct notification_request *request, struct problem *problem)
{
    Slipway__V1__NoticeChoice *choice = &request->choices[request->preferences.n_choices];
    struct json_reader reader;
    char pointer[64];
    bool email = false, telegram = false;

    (void)snprintf(pointer, sizeof(pointer), "/notices/%.*s", NOTICE_LENGTH_MAX, name);
    json_reader_init(&reader, object, pointer, problem);
    (void)json_reader_bool(&reader, "email", &email);
    (void)json_reader_bool(&reader, "telegram", &telegram);
    json_reader_finish(&reader);
    slipway__v1__notice_choice__init(choice);
    choice->notice = proto_text(name);
    choice->email = email;
    choice->telegram = telegram;
    request->list[request->preferences.n_choices++] = choice;
}

static void read_choices(json_t *notices, struct notification_request *request,
                         struct problem *problem)
{
    void *iterator;

    if (!json_is_object(notices)) {
        (void)problem_add_field(problem, PROBLEM_INVALID_REQUEST, "wrong_type", "/notices",
                                "Must be an object.");
        return;
    }
    if (json_object_size(notices) > NOTICE_CHOICES_MAX) {
        (void)problem_add_field(problem, PROBLEM_VALIDATION_FAILED, "too_many_items", "/notices",
                                "There are not so many notices.");
        return;
    }
    for (iterator = json_object_iter(notices); iterator != NULL;
         iterator = json_object_iter_next(notices, iterator))
        read_choice(json_object_iter_key(iterator), json_object_iter_value(iterator), request,
                    problem);
}

int notification_request_read(const json_t *body, struct notification_request *ret_request,
                              struct problem *problem)
{
    Slipway__V1__Preferences *preferences = &ret_request->preferences;
    struct json_reader reader;
    const char *email = "", *language = "en";

    slipway__v1__preferences__init(preferences);
    preferences->choices = ret_request->list;
    json_reader_init(&reader, body, "", problem);
    if (json_reader_has(&reader, "email"))
        (void)json_reader_text(&reader, "email", EMAIL_LENGTH_MAX, &email);
    if (json_reader_has(&reader, "language"))
        (void)json_reader_text(&reader, "language", LANGUAGE_LENGTH_MAX, &language);
    if (json_reader_has(&reader, "telegram_id"))
        (void)json_reader_integer(&reader, "telegram_id", 1, INT64_MAX, &preferences->telegram_id);
    if (json_reader_has(&reader, "notices"))
        read_choices(json_object_get(body, "notices"), ret_request, problem);
    json_reader_finish(&reader);
    preferences->email = proto_text(email);
    preferences->language = proto_text(language);
    return (int)problem->code;
}
