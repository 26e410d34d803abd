#include "services/gateway/json_write.h"
#include "services/gateway/views.h"

static void write_text_or_null(struct buffer *body, const char *name, const char *text)
{
    json_write_text(body, name, text[0] != '\0' ? text : NULL);
}

/* The order of billing's answer to POST /deposits: the same deposit is the same bytes but for its
 * status. */
void view_deposit(struct buffer *body, const Slipway__V1__Deposit *deposit)
{
    json_write_open(body, '{');
    json_write_text(body, "provider", deposit->provider);
    json_write_text(body, "external_id", deposit->external_id);
    json_write_id(body, "transaction_id", deposit->transaction_id);
    json_write_text(body, "status", deposit->status);
    json_write_money(body, "amount_usd", deposit->amount_cents);
    json_write_money(body, "fee_usd", deposit->fee_cents);
    write_text_or_null(body, "pay_url", deposit->pay_url);
    json_write_time(body, "expires_at", deposit->expires_at_us);
    if (deposit->address[0] != '\0') {
        json_write_text(body, "address", deposit->address);
        json_write_text(body, "network", deposit->network);
        if (deposit->memo[0] != '\0')
            json_write_text(body, "memo", deposit->memo);
        json_write_text(body, "pay_amount", deposit->pay_amount);
    }
    json_write_close(body, '}');
}
