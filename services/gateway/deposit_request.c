#include "services/gateway/deposit_request.h"

#include "services/gateway/proto_text.h"

static const int64_t amount_least_cents = 100;
static const int64_t amount_most_cents = 100000;

int deposit_request_read(const json_t *body, struct deposit_request *ret_deposit,
                         struct problem *problem)
{
    struct json_reader reader;
    const char *provider = "";
    const char *asset = "";
    int64_t amount_cents = 0, user_id = 0;

    json_reader_init(&reader, body, "", problem);
    (void)json_reader_text(&reader, "provider", PROVIDER_LENGTH_MAX, &provider);
    (void)json_reader_money(&reader, "amount_usd", amount_least_cents, amount_most_cents,
                            &amount_cents);
    if (json_reader_has(&reader, "asset"))
        (void)json_reader_text(&reader, "asset", ASSET_LENGTH_MAX, &asset);
    if (json_reader_has(&reader, "user_id"))
        (void)json_reader_integer(&reader, "user_id", 1, INT64_MAX, &user_id);
    json_reader_finish(&reader);
    slipway__v1__open_deposit__init(&ret_deposit->command);
    ret_deposit->command.provider = proto_text(provider);
    ret_deposit->command.amount_cents = amount_cents;
    ret_deposit->command.asset = proto_text(asset);
    ret_deposit->user_id = (uint64_t)user_id;
    return (int)problem->code;
}
