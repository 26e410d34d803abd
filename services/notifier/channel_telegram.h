/* Notices by Telegram's Bot API. Source: core.telegram.org/bots/api, sendMessage; its limits: 30
 * messages a second in all, one a second to a chat, and 429 with parameters.retry_after. */
#pragma once

#include "lib/http/client.h"
#include "services/notifier/courier.h"

struct telegram_channel {
    /* Owned by whoever made it. */
    struct http_client *http;
    /* "https://api.telegram.org", and the bot's token, which is never logged. Borrowed. */
    const char *url, *token;
    int64_t timeout_ms;
    /* Monotonic; until then the API wants to hear nothing. The courier's thread's own. */
    int64_t silent_until_ms;
};

/* courier_send_fn with a struct telegram_channel as context. */
void channel_telegram_send(void *context, const struct notice *notice,
                           const struct notice_text *text, struct notice_outcome *ret_outcome);
