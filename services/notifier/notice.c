#include "services/notifier/notice.h"

#include "notifier_templates.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

const struct notice_kind notice_kinds[NOTICE_COUNT] = {
    {"server_ready",     "hosting.vps.active.v1",        true,  true},
    {"build_failed",     "hosting.vps.failed.v1",        true,  true},
    {"expiring",         "hosting.vps.expiring.v1",      true,  true},
    {"suspended",        "hosting.vps.suspended.v1",     true,  true},
    {"deposit_credited", "hosting.deposit.completed.v1", false, true},
    {"balance_low",      "hosting.vps.expiring.v1",      true,  true},
    {"webhook_off",      "hosting.webhook.disabled.v1",  true,  true},
};

static const struct {
    const char *language, *notice, *text;
} templates[] = {
    {"en", "server_ready",     notifier_templates_en_server_ready    },
    {"ru", "server_ready",     notifier_templates_ru_server_ready    },
    {"en", "build_failed",     notifier_templates_en_build_failed    },
    {"ru", "build_failed",     notifier_templates_ru_build_failed    },
    {"en", "expiring",         notifier_templates_en_expiring        },
    {"ru", "expiring",         notifier_templates_ru_expiring        },
    {"en", "suspended",        notifier_templates_en_suspended       },
    {"ru", "suspended",        notifier_templates_ru_suspended       },
    {"en", "deposit_credited", notifier_templates_en_deposit_credited},
    {"ru", "deposit_credited", notifier_templates_ru_deposit_credited},
    {"en", "balance_low",      notifier_templates_en_balance_low     },
    {"ru", "balance_low",      notifier_templates_ru_balance_low     },
    {"en", "webhook_off",      notifier_templates_en_webhook_off     },
    {"ru", "webhook_off",      notifier_templates_ru_webhook_off     },
};

/* Each template begins with it. */
enum { SUBJECT_MARK_LENGTH = sizeof("Subject: ") - 1 };

const struct notice_kind *notice_find(const char *name)
{
    for (size_t i = 0; i < NOTICE_COUNT; ++i)
        if (strcmp(notice_kinds[i].name, name) == 0)
            return &notice_kinds[i];
    return NULL;
}

static bool is_low(const struct event *event)
{
    const Slipway__V1__VpsEvent *vps = (const void *)event->data;

    return event->data->descriptor == &slipway__v1__vps_event__descriptor &&
           vps->shortfall_cents > 0;
}

struct notice_choice notice_of_event(const struct event *event)
{
    const struct notice_kind *low = notice_find("balance_low");
    struct notice_choice choice = {NULL, NULL};

    for (size_t i = 0; i < NOTICE_COUNT && choice.first == NULL; ++i)
        if (strcmp(notice_kinds[i].event_type, event->type) == 0)
            choice.first = &notice_kinds[i];
    if (choice.first != NULL && strcmp(choice.first->event_type, low->event_type) == 0 &&
        is_low(event))
        choice = (struct notice_choice){low, choice.first};
    return choice;
}

bool notice_language_is_known(const char *language)
{
    return strcmp(language, "en") == 0 || strcmp(language, "ru") == 0;
}

static const char *find_template(const char *notice, const char *language)
{
    for (size_t i = 0; i < ARRAY_LENGTH(templates); ++i)
        if (strcmp(templates[i].notice, notice) == 0 &&
            strcmp(templates[i].language, language) == 0)
            return templates[i].text;
    return NULL;
}

/* ---- filling ---- */

static void append_member(const json_t *data, const char *name, struct buffer *text)
{
    const json_t *member = json_object_get(data, name);

    if (json_is_string(member))
        buffer_append_text(text, json_string_value(member));
    else if (json_is_integer(member))
        buffer_append_format(text, "%lld", (long long)json_integer_value(member));
    else
        buffer_append_text(text, "-");
}

/* Replaces each {{name}} of `length` bytes of a template. */
static void fill(const char *template, size_t length, const json_t *data, struct buffer *text)
{
    const char *end = template + length;
    char name[32];

    while (template <end) {
        const char *open = memmem(template, (size_t)(end - template), "{{", 2);
        const char *close = open != NULL ? memmem(open, (size_t)(end - open), "}}", 2) : NULL;

        if (close == NULL) {
            buffer_append(text, template, (size_t)(end - template));
            return;
        }
        buffer_append(text, template, (size_t)(open - template));
        (void)snprintf(name, sizeof(name), "%.*s", (int)(close - open - 2), open + 2);
        append_member(data, name, text);
        template = close + 2;
    }
}

static void append_escaped(struct buffer *html, const char *text, size_t length)
{
    static const struct {
        char character;
        const char *entity;
    } entities[] = {
        {'&',  "&amp;" },
        {'<',  "&lt;"  },
        {'>',  "&gt;"  },
        {'"',  "&quot;"},
        {'\'', "&#39;" }
    };

    for (size_t i = 0; i < length; ++i) {
        const char *entity = NULL;

        for (size_t j = 0; j < ARRAY_LENGTH(entities); ++j)
            if (entities[j].character == text[i])
                entity = entities[j].entity;
        if (entity != NULL)
            buffer_append_text(html, entity);
        else
            buffer_append(html, &text[i], 1);
    }
}

/* Blank lines part paragraphs. */
static void append_paragraphs(const char *plain, struct buffer *html)
{
    while (*plain != '\0') {
        const char *end = strstr(plain, "\n\n");
        const size_t length = end != NULL ? (size_t)(end - plain) : strlen(plain);

        buffer_append_text(html, "<p>");
        append_escaped(html, plain, length);
        buffer_append_text(html, "</p>\n");
        plain += length;
        plain += strspn(plain, "\n");
    }
}

static void write_html(const char *language, struct notice_text *text)
{
    static const char *const names[] = {"{{language}}", "{{subject}}", "{{paragraphs}}"};
    const char *rest = notifier_templates_layout;

    for (const char *open = strstr(rest, "{{"); open != NULL; open = strstr(rest, "{{")) {
        size_t name = 0;

        buffer_append(&text->html, rest, (size_t)(open - rest));
        while (name < ARRAY_LENGTH(names) && strncmp(open, names[name], strlen(names[name])) != 0)
            ++name;
        if (name == 0)
            buffer_append_text(&text->html, language);
        else if (name == 1)
            append_escaped(&text->html, text->subject.data, text->subject.length);
        else
            append_paragraphs(text->plain.data, &text->html);
        rest = strstr(open, "}}") + 2;
    }
    buffer_append_text(&text->html, rest);
}

void notice_text_deinit(struct notice_text *text)
{
    buffer_deinit(&text->subject);
    buffer_deinit(&text->plain);
    buffer_deinit(&text->html);
}

/* A header holds one line, whatever an event's text holds. */
static void keep_to_one_line(struct buffer *subject)
{
    for (size_t i = 0; i < subject->length; ++i)
        if ((unsigned char)subject->data[i] < ' ')
            subject->data[i] = ' ';
}

bool notice_write(const char *notice, const char *language, const char *body,
                  struct notice_text *ret_text)
{
    const char *template = find_template(notice, language);
    json_t *root = json_loads(body, 0, NULL);
    const json_t *data = json_object_get(root, "data");
    const char *line;

    if (template == NULL || data == NULL) {
        json_decref(root);
        return true;
    }
    line = strchrnul(template, '\n');
    template += SUBJECT_MARK_LENGTH;
    fill(template, (size_t)(line - template), data, &ret_text->subject);
    fill(line + 1, strlen(line + 1), data, &ret_text->plain);
    json_decref(root);
    if (ret_text->subject.overflown || ret_text->plain.overflown)
        return true;
    keep_to_one_line(&ret_text->subject);
    write_html(language, ret_text);
    return ret_text->html.overflown;
}

bool mail_address_is_valid(const char *address)
{
    const char *at = strchr(address, '@');
    const size_t length = strlen(address);

    if (at == NULL || at == address || length > 254 || strchr(at + 1, '@') != NULL ||
        strchr(at + 1, '.') == NULL || at[1] == '.' || at[1] == '-' || address[length - 1] == '.' ||
        address[length - 1] == '-' || strstr(address, "..") != NULL)
        return false;
    for (const char *c = address; *c != '\0'; ++c)
        if (*c <= ' ' || *c > '~' || strchr("\"(),:;<>[\\]", *c) != NULL)
            return false;
    return at[1 + strspn(at + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                 ".-")] == '\0';
}
