/* Notices by SMTP: plain text and HTML in one message. */
#pragma once

#include "services/notifier/courier.h"

/* All borrowed. */
struct mail_channel {
    /* "smtp://mail.example:587" or "smtps://…". */
    const char *url;
    /* "": without. The password is never logged. */
    const char *user, *password;
    /* One mailbox. */
    const char *from;
    /* Refuse to speak without TLS. */
    bool requires_tls;
    const char *ca_file;
    int64_t timeout_ms;
};

/* courier_send_fn with a struct mail_channel as context. */
void channel_mail_send(void *context, const struct notice *notice, const struct notice_text *text,
                       struct notice_outcome *ret_outcome);
