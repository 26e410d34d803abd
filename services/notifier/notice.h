/* What users are told in words: which event makes which notice, and its text in their language.
 * Pure. */
#pragma once

#include "services/notifier/event.h"

#include <stdbool.h>

enum { NOTICE_COUNT = 7 };

struct notice_kind {
    /* "server_ready" */
    const char *name;
    const char *event_type;
    /* By default. */
    bool by_email, by_telegram;
};

/* The table, in the order in which preferences show it. */
extern const struct notice_kind notice_kinds[NOTICE_COUNT];

/* NULL: there is no such notice. */
const struct notice_kind *notice_find(const char *name);
/* What an event is told as: the first of the two that the user wants by a channel. NULL: nothing.
 */
struct notice_choice {
    const struct notice_kind *first, *second;
};

/* A server that ends soon while the wallet can't pay for it is told of by the more urgent notice
 * of the two. */
struct notice_choice notice_of_event(const struct event *event);

bool notice_language_is_known(const char *language);

struct notice_text {
    struct buffer subject, plain, html;
};

void notice_text_deinit(struct notice_text *text);

/* Fills the texts from the notice's template and the event's body as event_render() made it; what
 * the body does not have comes out as "-". True: no memory, no such template, or no such body. */
MUST_CHECK bool notice_write(const char *notice, const char *language, const char *body,
                             struct notice_text *ret_text);

/* One mailbox that may stand in a mail's header: "user@a.example", at most 254 bytes of visible
 * ASCII, no list, no name, no quotes. */
bool mail_address_is_valid(const char *address);
