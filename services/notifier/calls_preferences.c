#include "services/notifier/calls_private.h"

#include "services/notifier/notice.h"
#include "services/notifier/notice_store.h"

#include <stdio.h>
#include <string.h>

/* A reply with its parts. */
struct preferences_view {
    Slipway__V1__Preferences message;
    Slipway__V1__NoticeChoice choices[NOTICE_COUNT];
    Slipway__V1__NoticeChoice *list[NOTICE_COUNT];
};

/* `names` are separated and ended by spaces. */
static bool has_name(const char *names, const char *name)
{
    const size_t length = strlen(name);

    for (const char *found = strstr(names, name); found != NULL; found = strstr(found + 1, name))
        if ((found == names || found[-1] == ' ') && found[length] == ' ')
            return true;
    return false;
}

/* `row` NULL: nothing was set, all is as by default. */
static void fill_view(const struct preferences_row *row, uint64_t user_id,
                      struct preferences_view *view)
{
    slipway__v1__preferences__init(&view->message);
    view->message.user_id = user_id;
    view->message.email = event_lend(row != NULL && row->email != NULL ? row->email : "");
    view->message.language = event_lend(row != NULL ? row->language : "en");
    view->message.telegram_id = row != NULL ? row->telegram_id : 0;
    for (size_t i = 0; i < NOTICE_COUNT; ++i) {
        const struct notice_kind *kind = &notice_kinds[i];
        Slipway__V1__NoticeChoice *choice = &view->choices[i];

        slipway__v1__notice_choice__init(choice);
        choice->notice = event_lend(kind->name);
        choice->email = row != NULL ? has_name(row->email_notices, kind->name) : kind->by_email;
        choice->telegram =
            row != NULL ? has_name(row->telegram_notices, kind->name) : kind->by_telegram;
        view->list[i] = choice;
    }
    view->message.n_choices = NOTICE_COUNT;
    view->message.choices = view->list;
}

int call_get_preferences(const struct call_context *context, struct reply *reply,
                         struct error *error)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    struct preferences_row row;
    struct preferences_view view;
    const int result =
        notice_store_find_preferences(context->pg, (int64_t)context->call->user_id, &rows, error);

    if (result != 0)
        return result;
    if (pg_rows_count(rows) > 0)
        notice_store_preferences_row(rows, &row);
    fill_view(pg_rows_count(rows) > 0 ? &row : NULL, context->call->user_id, &view);
    return reply_pack(reply, SLIPWAY__V1__NOTIFIER_REPLY__ANSWER_PREFERENCES, &view.message.base);
}

static void check(const Slipway__V1__Preferences *wanted, struct field_errors *errors)
{
    char pointer[96];

    if (wanted->email[0] != '\0' && !mail_address_is_valid(wanted->email))
        reply_add_field(errors, "/email", "invalid_email", "Must be one plain mail address.");
    if (!notice_language_is_known(wanted->language))
        reply_add_field(errors, "/language", "unknown_language", "Must be en or ru.");
    for (size_t i = 0; i < wanted->n_choices; ++i) {
        if (notice_find(wanted->choices[i]->notice) != NULL)
            continue;
        (void)snprintf(pointer, sizeof(pointer), "/notices/%.60s", wanted->choices[i]->notice);
        reply_add_field(errors, pointer, "unknown_notice", "There is no such notice.");
    }
}

static const Slipway__V1__NoticeChoice *find_choice(const Slipway__V1__Preferences *wanted,
                                                    const char *name)
{
    for (size_t i = 0; i < wanted->n_choices; ++i)
        if (strcmp(wanted->choices[i]->notice, name) == 0)
            return wanted->choices[i];
    return NULL;
}

/* What is not named is as by default. */
static void write_names(const Slipway__V1__Preferences *wanted, struct buffer *by_email,
                        struct buffer *by_telegram)
{
    for (size_t i = 0; i < NOTICE_COUNT; ++i) {
        const struct notice_kind *kind = &notice_kinds[i];
        const Slipway__V1__NoticeChoice *choice = find_choice(wanted, kind->name);

        if (choice != NULL ? choice->email : kind->by_email)
            buffer_append_format(by_email, "%s ", kind->name);
        if (choice != NULL ? choice->telegram : kind->by_telegram)
            buffer_append_format(by_telegram, "%s ", kind->name);
    }
}

int call_put_preferences(const struct call_context *context, struct reply *reply,
                         struct error *error)
{
    const Slipway__V1__Preferences *wanted = context->call->put_preferences->preferences;
    CLEANUP(buffer_deinit) struct buffer by_email = {.limit = 1024};
    CLEANUP(buffer_deinit) struct buffer by_telegram = {.limit = 1024};
    struct field_errors errors = {.count = 0};
    struct preferences_row row = {.user_id = (int64_t)context->call->user_id};
    struct preferences_view view;
    int result;

    if (wanted == NULL || context->call->user_id == 0)
        return reply_refuse(reply, "internal", "The call is not complete.");
    check(wanted, &errors);
    if (errors.count > 0)
        return reply_refuse_fields(reply, &errors);
    write_names(wanted, &by_email, &by_telegram);
    if (by_email.overflown || by_telegram.overflown)
        return error_set(error, FAULT_RETRY, "no memory for preferences");
    row.email = wanted->email[0] != '\0' ? wanted->email : NULL;
    row.language = wanted->language;
    row.telegram_id = wanted->telegram_id;
    row.email_notices = by_email.length > 0 ? by_email.data : "";
    row.telegram_notices = by_telegram.length > 0 ? by_telegram.data : "";
    result = notice_store_put_preferences(context->pg, &row, context->now_us, error);
    if (result != 0)
        return result;
    fill_view(&row, context->call->user_id, &view);
    return reply_pack(reply, SLIPWAY__V1__NOTIFIER_REPLY__ANSWER_PREFERENCES, &view.message.base);
}
