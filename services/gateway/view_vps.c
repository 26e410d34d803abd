#include "lib/http/problem.h"
#include "services/gateway/json_write.h"
#include "services/gateway/views.h"

static void write_card(struct buffer *body, const Slipway__V1__Vps *vps)
{
    json_write_id(body, "id", vps->vps_id);
    json_write_id(body, "user_id", vps->user_id);
    json_write_text(body, "plan_code", vps->plan_code);
    json_write_text(body, "location_code", vps->location_code);
    json_write_text(body, "os_code", vps->os_code);
    json_write_text(body, "status", vps->status);
    json_write_text(body, "power_state", vps->power_state);
    json_write_text(body, "ip", vps->address[0] != '\0' ? vps->address : NULL);
    /* Only where there is one: the contract's card does not know it. */
    if (vps->address6[0] != '\0')
        json_write_text(body, "ipv6", vps->address6);
    json_write_time(body, "created_at", vps->created_at_us);
    json_write_time(body, "expires_at", vps->expires_at_us);
}

void view_vps(struct buffer *body, const Slipway__V1__Vps *vps)
{
    json_write_open(body, '{');
    write_card(body, vps);
    json_write_close(body, '}');
}

static void write_status(struct buffer *body, size_t index, const Slipway__V1__VpsCard *card)
{
    json_write_open(body, '{');
    json_write_id(body, "index", index);
    json_write_id(body, "vps_id", card->vps_id);
    json_write_bool(body, "ok", card->vps != NULL);
    json_write_open_member(body, card->vps != NULL ? "data" : "error", '{');
    if (card->vps != NULL) {
        write_card(body, card->vps);
    } else {
        json_write_text(body, "code", problem_name(PROBLEM_NOT_FOUND));
        json_write_text(body, "detail", "There is no such resource.");
    }
    json_write_close(body, '}');
    json_write_close(body, '}');
}

void view_vps_status(struct buffer *body, const Slipway__V1__VpsCardList *list)
{
    size_t succeeded = 0;

    json_write_open(body, '{');
    json_write_open_member(body, "results", '[');
    for (size_t i = 0; i < list->n_cards; ++i) {
        write_status(body, i, list->cards[i]);
        succeeded += list->cards[i]->vps != NULL;
    }
    json_write_close(body, ']');
    json_write_id(body, "succeeded", succeeded);
    json_write_id(body, "failed", list->n_cards - succeeded);
    json_write_close(body, '}');
}

void view_credentials(struct buffer *body, const Slipway__V1__Credentials *credentials,
                      const char *password)
{
    json_write_open(body, '{');
    json_write_id(body, "vps_id", credentials->vps_id);
    json_write_text(body, "ip", credentials->address);
    json_write_integer(body, "port", credentials->port);
    json_write_text(body, "login", credentials->login);
    json_write_text(body, "password", password);
    json_write_close(body, '}');
}

void view_console(struct buffer *body, const Slipway__V1__Console *console, const char *url,
                  int64_t expires_at_us)
{
    json_write_open(body, '{');
    json_write_id(body, "vps_id", console->vps_id);
    json_write_text(body, "url", url);
    json_write_time(body, "expires_at", expires_at_us);
    json_write_close(body, '}');
}

void view_power(struct buffer *body, const Slipway__V1__Vps *vps, const char *action)
{
    json_write_open(body, '{');
    json_write_id(body, "vps_id", vps->vps_id);
    json_write_text(body, "action", action);
    json_write_text(body, "status", "completed");
    json_write_text(body, "power_state", vps->power_state);
    json_write_close(body, '}');
}

void view_password(struct buffer *body, const Slipway__V1__Credentials *credentials,
                   const char *password)
{
    json_write_open(body, '{');
    json_write_id(body, "vps_id", credentials->vps_id);
    json_write_text(body, "login", credentials->login);
    json_write_text(body, "password", password);
    json_write_close(body, '}');
}
