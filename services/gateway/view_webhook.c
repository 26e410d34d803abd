#include "services/gateway/json_write.h"
#include "services/gateway/views.h"

void view_webhook(struct buffer *body, const Slipway__V1__Endpoint *endpoint)
{
    json_write_open(body, '{');
    json_write_id(body, "id", endpoint->endpoint_id);
    json_write_id(body, "user_id", endpoint->user_id);
    json_write_text(body, "url", endpoint->url);
    json_write_open_member(body, "events", '[');
    for (size_t i = 0; i < endpoint->n_events; ++i)
        json_write_element_text(body, endpoint->events[i]);
    json_write_close(body, ']');
    json_write_text(body, "status", endpoint->status);
    if (endpoint->disabled_reason[0] != '\0')
        json_write_text(body, "disabled_reason", endpoint->disabled_reason);
    json_write_time(body, "created_at", endpoint->created_at_us);
    if (endpoint->previous_ends_at_us != 0)
        json_write_time(body, "previous_secret_ends_at", endpoint->previous_ends_at_us);
    if (endpoint->secret[0] != '\0')
        json_write_text(body, "secret", endpoint->secret);
    json_write_close(body, '}');
}

static void write_time_or_null(struct buffer *body, const char *name, int64_t time_us)
{
    if (time_us == 0)
        json_write_text(body, name, NULL);
    else
        json_write_time(body, name, time_us);
}

void view_webhook_delivery(struct buffer *body, const Slipway__V1__Delivery *delivery)
{
    json_write_open(body, '{');
    json_write_id(body, "id", delivery->delivery_id);
    json_write_text(body, "event_id", delivery->event_id);
    json_write_text(body, "type", delivery->event_type);
    json_write_text(body, "status", delivery->status);
    json_write_id(body, "attempts", delivery->attempts);
    json_write_id_or_null(body, "last_status", delivery->last_status);
    json_write_text(body, "last_error",
                    delivery->last_error[0] != '\0' ? delivery->last_error : NULL);
    json_write_time(body, "created_at", delivery->created_at_us);
    write_time_or_null(body, "last_attempt_at", delivery->last_attempt_at_us);
    write_time_or_null(body, "next_attempt_at", delivery->next_attempt_at_us);
    json_write_close(body, '}');
}
