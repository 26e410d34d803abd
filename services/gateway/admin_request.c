#include "services/gateway/admin_request.h"

#include "lib/base/clock.h"
#include "services/gateway/key_record.h"
#include "services/gateway/proto_text.h"

#include <stdio.h>
#include <string.h>

/* "2026-09-09T12:00:00.123456789+02:00" */
enum { TIME_LENGTH_MAX = 40 };

/* 10 million dollars: past it an amount is a slip of the hand. */
static const int64_t amount_largest_cents = INT64_C(1000000000);

int balance_request_read(const json_t *body, Slipway__V1__AdjustBalance *ret_command,
                         struct problem *problem)
{
    struct json_reader reader;
    const char *reason = "";
    int64_t cents = 0;

    json_reader_init(&reader, body, "", problem);
    if (json_reader_money(&reader, "amount_usd", -amount_largest_cents, amount_largest_cents,
                          &cents) &&
        cents == 0)
        (void)problem_add_field(problem, PROBLEM_VALIDATION_FAILED, "out_of_range", "/amount_usd",
                                "Must not be zero.");
    (void)json_reader_text(&reader, "reason", REASON_LENGTH_MAX, &reason);
    json_reader_finish(&reader);
    slipway__v1__adjust_balance__init(ret_command);
    ret_command->amount_cents = cents;
    ret_command->reason = proto_text(reason);
    return (int)problem->code;
}

int ban_request_read(const json_t *body, Slipway__V1__BanUser *ret_command, struct problem *problem)
{
    struct json_reader reader;
    const char *reason = "";
    bool banned = true;

    json_reader_init(&reader, body, "", problem);
    (void)json_reader_bool(&reader, "banned", &banned);
    if (banned || json_reader_has(&reader, "reason"))
        (void)json_reader_text(&reader, "reason", REASON_LENGTH_MAX, &reason);
    json_reader_finish(&reader);
    slipway__v1__ban_user__init(ret_command);
    ret_command->banned = banned;
    ret_command->reason = proto_text(reason);
    return (int)problem->code;
}

static void read_referrer(struct json_reader *reader, Slipway__V1__CreateUser *command)
{
    const bool by_id = json_reader_has(reader, "referrer_id");
    const bool by_code = json_reader_has(reader, "referral_code");
    const char *code = "";
    int64_t referrer_id = 0;

    if (by_id)
        (void)json_reader_integer(reader, "referrer_id", 1, INT64_MAX, &referrer_id);
    if (by_code)
        (void)json_reader_text(reader, "referral_code", REFERRAL_CODE_LENGTH_MAX, &code);
    if (by_id && by_code)
        (void)problem_add_field(reader->problem, PROBLEM_VALIDATION_FAILED, "contradiction",
                                "/referral_code", "The referrer is named by referrer_id.");
    command->referrer_id = (uint64_t)referrer_id;
    command->referral_code = proto_text(code);
}

int user_request_read(const json_t *body, Slipway__V1__CreateUser *ret_command,
                      struct problem *problem)
{
    struct json_reader reader;
    const char *name = "";
    int64_t telegram_id = 0;

    slipway__v1__create_user__init(ret_command);

    json_reader_init(&reader, body, "", problem);
    if (json_reader_has(&reader, "telegram_id"))
        (void)json_reader_integer(&reader, "telegram_id", 1, INT64_MAX, &telegram_id);
    if (json_reader_has(&reader, "name"))
        (void)json_reader_text(&reader, "name", NAME_LENGTH_MAX, &name);
    read_referrer(&reader, ret_command);
    json_reader_finish(&reader);
    ret_command->telegram_id = telegram_id;
    ret_command->name = proto_text(name);
    return (int)problem->code;
}

static Slipway__V1__Role read_role(struct json_reader *reader)
{
    const char *role = "";

    if (!json_reader_text(reader, "role", NAME_LENGTH_MAX, &role))
        return SLIPWAY__V1__ROLE__ROLE_UNSPECIFIED;
    if (strcmp(role, "reseller") == 0)
        return SLIPWAY__V1__ROLE__ROLE_RESELLER;
    if (strcmp(role, "operator") == 0)
        return SLIPWAY__V1__ROLE__ROLE_OPERATOR;
    (void)problem_add_field(reader->problem, PROBLEM_VALIDATION_FAILED, "out_of_range", "/role",
                            "Must be reseller or operator.");
    return SLIPWAY__V1__ROLE__ROLE_UNSPECIFIED;
}

static void read_scope(const json_t *element, size_t index, struct key_request *request,
                       struct problem *problem)
{
    const char *name = json_string_value(element);
    char pointer[32];
    enum scope scope;

    (void)snprintf(pointer, sizeof(pointer), "/scopes/%zu", index);
    if (name == NULL)
        (void)problem_add_field(problem, PROBLEM_INVALID_REQUEST, "wrong_type", pointer,
                                "Must be a text.");
    else if (!scope_find(name, &scope) ||
             (scope == SCOPE_ADMIN && request->command.role != SLIPWAY__V1__ROLE__ROLE_OPERATOR))
        (void)problem_add_field(problem, PROBLEM_VALIDATION_FAILED, "unknown_scope", pointer,
                                "There is no such scope for this role.");
    else
        request->scopes[request->command.n_scopes++] = proto_text(name);
}

static void read_scopes(struct json_reader *reader, struct key_request *request)
{
    const json_t *array = NULL;

    if (request->command.role == SLIPWAY__V1__ROLE__ROLE_OPERATOR &&
        !json_reader_has(reader, "scopes"))
        return;
    if (!json_reader_array(reader, "scopes", KEY_SCOPES_MAX, &array))
        return;
    for (size_t i = 0; i < json_array_size(array); ++i)
        read_scope(json_array_get(array, i), i, request, reader->problem);
}

static void read_owner(struct json_reader *reader, Slipway__V1__IssueKey *command)
{
    const bool named = json_reader_has(reader, "user_id");
    int64_t user_id = 0;

    if (named)
        (void)json_reader_integer(reader, "user_id", 1, INT64_MAX, &user_id);
    if (!named && command->role == SLIPWAY__V1__ROLE__ROLE_RESELLER)
        (void)problem_add_field(reader->problem, PROBLEM_VALIDATION_FAILED, "user_id_required",
                                "/user_id", "A reseller's key is bound to a user.");
    if (named && command->role == SLIPWAY__V1__ROLE__ROLE_OPERATOR)
        (void)problem_add_field(reader->problem, PROBLEM_VALIDATION_FAILED, "out_of_range",
                                "/user_id", "An operator's key is bound to nobody.");
    command->user_id = (uint64_t)user_id;
}

static void read_expiry(struct json_reader *reader, Slipway__V1__IssueKey *command)
{
    const char *text = "";

    if (!json_reader_has(reader, "expires_at") ||
        !json_reader_text(reader, "expires_at", TIME_LENGTH_MAX, &text))
        return;
    if (clock_parse(text, &command->expires_at_us) || command->expires_at_us <= 0)
        (void)problem_add_field(reader->problem, PROBLEM_VALIDATION_FAILED, "out_of_range",
                                "/expires_at", "Must be a time such as 2026-09-09T12:00:00Z.");
}

static void read_address(const json_t *element, size_t index, struct key_request *request,
                         struct problem *problem)
{
    const char *text = json_string_value(element);
    char *written = request->address_texts[index];
    struct address_block block;
    char pointer[40];

    (void)snprintf(pointer, sizeof(pointer), "/allowed_addresses/%zu", index);
    if (text == NULL)
        (void)problem_add_field(problem, PROBLEM_INVALID_REQUEST, "wrong_type", pointer,
                                "Must be a text.");
    else if (address_block_parse(text, &block))
        (void)problem_add_field(problem, PROBLEM_VALIDATION_FAILED, "out_of_range", pointer,
                                "Must be an address, or a CIDR block such as 10.0.0.0/8.");
    else
        (void)address_block_format(&block, written);
    request->addresses[request->command.n_allowed_addresses++] = written;
}

static void read_addresses(struct json_reader *reader, struct key_request *request)
{
    const json_t *array = NULL;

    if (!json_reader_has(reader, "allowed_addresses") ||
        !json_reader_array(reader, "allowed_addresses", KEY_ADDRESSES_MAX, &array))
        return;
    for (size_t i = 0; i < json_array_size(array); ++i)
        read_address(json_array_get(array, i), i, request, reader->problem);
}

static void read_rate(struct json_reader *reader, Slipway__V1__IssueKey *command)
{
    int64_t rate = 0;

    if (json_reader_has(reader, "rate_per_minute"))
        (void)json_reader_integer(reader, "rate_per_minute", 1, KEY_RATE_MAX, &rate);
    command->rate_per_minute = (uint32_t)rate;
}

int key_request_read(const json_t *body, struct key_request *ret_request, struct problem *problem)
{
    struct json_reader reader;
    const char *name = "";

    slipway__v1__issue_key__init(&ret_request->command);
    ret_request->command.scopes = ret_request->scopes;
    ret_request->command.allowed_addresses = ret_request->addresses;
    json_reader_init(&reader, body, "", problem);
    ret_request->command.role = read_role(&reader);
    read_owner(&reader, &ret_request->command);
    (void)json_reader_text(&reader, "name", NAME_LENGTH_MAX, &name);
    ret_request->command.name = proto_text(name);
    read_scopes(&reader, ret_request);
    read_expiry(&reader, &ret_request->command);
    read_addresses(&reader, ret_request);
    read_rate(&reader, &ret_request->command);
    json_reader_finish(&reader);
    return (int)problem->code;
}
