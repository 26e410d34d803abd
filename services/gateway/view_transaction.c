#include "services/gateway/json_write.h"
#include "services/gateway/views.h"

#include <string.h>

void view_transaction(struct buffer *body, const Slipway__V1__Transaction *transaction)
{
    const bool has_batch = transaction->batch_id[0] != '\0';
    const bool is_completed = strcmp(transaction->status, "completed") == 0;

    json_write_open(body, '{');
    json_write_id(body, "id", transaction->id);
    json_write_id(body, "user_id", transaction->user_id);
    json_write_text(body, "type", transaction->type);
    json_write_money(body, "amount_usd", transaction->amount_cents);
    if (is_completed)
        json_write_money(body, "balance_after_usd", transaction->balance_after_cents);
    else
        json_write_text(body, "balance_after_usd", NULL);
    json_write_text(body, "status", transaction->status);
    json_write_time(body, "created_at", transaction->created_at_us);
    json_write_text(body, "batch_id", has_batch ? transaction->batch_id : NULL);
    json_write_id_or_null(body, "vps_id", transaction->vps_id);
    json_write_close(body, '}');
}

void view_audit(struct buffer *body, const Slipway__V1__LedgerAudit *audit)
{
    json_write_open(body, '{');
    json_write_bool(body, "balanced", audit->balanced);
    json_write_integer(body, "sum_cents", audit->sum_cents);
    json_write_id(body, "negative_wallets", audit->negative_wallets);
    json_write_money(body, "in_progress_usd", audit->in_progress_cents);
    json_write_time(body, "checked_at", audit->checked_at_us);
    json_write_close(body, '}');
}
