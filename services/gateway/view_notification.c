#include "services/gateway/json_write.h"
#include "services/gateway/views.h"

void view_notification(struct buffer *body, const Slipway__V1__Preferences *preferences)
{
    const char *email = preferences->email;

    json_write_open(body, '{');
    json_write_id(body, "user_id", preferences->user_id);
    json_write_text(body, "email", email[0] != '\0' ? email : NULL);
    json_write_text(body, "language", preferences->language);
    json_write_id_or_null(body, "telegram_id", (uint64_t)preferences->telegram_id);
    json_write_open_member(body, "notices", '{');
    for (size_t i = 0; i < preferences->n_choices; ++i) {
        json_write_open_member(body, preferences->choices[i]->notice, '{');
        json_write_bool(body, "email", preferences->choices[i]->email);
        json_write_bool(body, "telegram", preferences->choices[i]->telegram);
        json_write_close(body, '}');
    }
    json_write_close(body, '}');
    json_write_close(body, '}');
}
