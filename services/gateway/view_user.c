#include "services/gateway/json_write.h"
#include "services/gateway/views.h"

static const char *role_name(bool is_operator)
{
    return is_operator ? "operator" : "reseller";
}

static void write_telegram_id(struct buffer *body, int64_t telegram_id)
{
    if (telegram_id == 0)
        json_write_text(body, "telegram_id", NULL);
    else
        json_write_integer(body, "telegram_id", telegram_id);
}

static void write_scopes(struct buffer *body, unsigned scopes)
{
    json_write_open_member(body, "scopes", '[');
    for (unsigned bit = 1; bit <= scopes; bit <<= 1)
        if ((scopes & bit) != 0)
            json_write_element_text(body, scope_name((enum scope)bit));
    json_write_close(body, ']');
}

void view_me(struct buffer *body, const struct key_record *key, const Slipway__V1__User *user)
{
    json_write_open(body, '{');
    json_write_open_member(body, "principal", '{');
    json_write_id(body, "key_id", key_record_id(key));
    json_write_text(body, "name", key_record_name(key));
    json_write_text(body, "role", role_name(key_record_is_operator(key)));
    write_scopes(body, key_record_scopes(key));
    json_write_id_or_null(body, "user_id", key_record_user_id(key));
    json_write_close(body, '}');
    if (user == NULL) {
        json_write_text(body, "user", NULL);
    } else {
        json_write_open_member(body, "user", '{');
        json_write_id(body, "id", user->user_id);
        write_telegram_id(body, user->telegram_id);
        json_write_money(body, "balance_usd", user->balance_cents);
        json_write_bool(body, "is_banned", user->is_banned);
        json_write_close(body, '}');
    }
    json_write_close(body, '}');
}

void view_balance(struct buffer *body, const Slipway__V1__User *user)
{
    json_write_open(body, '{');
    json_write_id(body, "user_id", user->user_id);
    json_write_money(body, "balance_usd", user->balance_cents);
    json_write_close(body, '}');
}

void view_user(struct buffer *body, const Slipway__V1__User *user)
{
    json_write_open(body, '{');
    json_write_id(body, "id", user->user_id);
    write_telegram_id(body, user->telegram_id);
    json_write_text(body, "name", user->name);
    json_write_money(body, "balance_usd", user->balance_cents);
    json_write_bool(body, "is_banned", user->is_banned);
    json_write_time(body, "created_at", user->created_at_us);
    json_write_id_or_null(body, "referrer_id", user->referrer_id);
    json_write_close(body, '}');
}

void view_referrals(struct buffer *body, const Slipway__V1__Referrals *referrals)
{
    json_write_open(body, '{');
    json_write_id(body, "user_id", referrals->user_id);
    json_write_text(body, "code", referrals->code);
    /* Basis points are hundredths of a percent, as cents are of a dollar. */
    json_write_money(body, "percent", referrals->basis_points);
    json_write_id(body, "invited", referrals->invited);
    json_write_id(body, "active", referrals->active);
    json_write_money(body, "earned_usd", referrals->earned_cents);
    json_write_close(body, '}');
}

static void write_texts(struct buffer *body, const char *name, char *const *texts, size_t count)
{
    json_write_open_member(body, name, '[');
    for (size_t i = 0; i < count; ++i)
        json_write_element_text(body, texts[i]);
    json_write_close(body, ']');
}

static void write_expiry(struct buffer *body, int64_t expires_at_us)
{
    if (expires_at_us == 0)
        json_write_text(body, "expires_at", NULL);
    else
        json_write_time(body, "expires_at", expires_at_us);
}

void view_key(struct buffer *body, const Slipway__V1__KeyRecord *key)
{
    json_write_open(body, '{');
    json_write_id(body, "id", key->key_id);
    json_write_text(body, "name", key->name);
    json_write_text(body, "role", role_name(key->role == SLIPWAY__V1__ROLE__ROLE_OPERATOR));
    json_write_id_or_null(body, "user_id", key->user_id);
    write_texts(body, "scopes", key->scopes, key->n_scopes);
    json_write_bool(body, "revoked", key->revoked);
    json_write_time(body, "created_at", key->created_at_us);
    write_expiry(body, key->expires_at_us);
    write_texts(body, "allowed_addresses", key->allowed_addresses, key->n_allowed_addresses);
    json_write_id_or_null(body, "rate_per_minute", key->rate_per_minute);
    json_write_close(body, '}');
}
