#include "slipctl/batch_follow.h"
#include "slipctl/call.h"
#include "slipctl/handlers.h"
#include "slipctl/request.h"
#include "slipctl/ssh_login.h"
#include "slipctl/views.h"

#include "lib/base/money.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What the price is asked with, and what is then bought: the same members. */
static const struct command quoting = {
    .request = {.method = "POST",
                .path = "/vps/quote",
                .body = {{"plan_code", ARGUMENT_PLAN, NULL},
                         {"period_months", ARGUMENT_MONTHS, NULL},
                         {"os_code", ARGUMENT_OS, NULL}}},
};

static const struct command buying_one = {
    .flags = COMMAND_MONEY,
    .request = {.method = "POST",
                .path = "/vps",
                .body = {{"plan_code", ARGUMENT_PLAN, NULL},
                         {"location_code", ARGUMENT_LOCATION, NULL},
                         {"os_code", ARGUMENT_OS, NULL},
                         {"period_months", ARGUMENT_MONTHS, NULL}}},
};

static const struct command buying_many = {
    .request = {.method = "POST", .path = "/vps/buy:bulk"},
};

static int ask_price(struct session *session, const struct arguments *arguments, int64_t *ret_cents,
                     struct error *error)
{
    CLEANUP(answer_deinit) struct answer answer;
    struct arguments asked = *arguments;
    const char *price;
    json_t *quote;
    int result;

    asked.command = &quoting;
    /* A price is the same for everybody. */
    asked.values[ARGUMENT_USER].text = NULL;
    answer_init(&answer);
    result = run_send(session, &asked, &answer, error);
    if (result != 0)
        return result;
    quote = answer_json(&answer);
    price = json_string_value(json_object_get(quote, "price_usd"));
    if (price == NULL || money_parse(price, ret_cents) || *ret_cents < 0)
        result = outcome_set(error, OUTCOME_REFUSED, "The server's answer is no price.");
    else if (json_is_false(json_object_get(quote, "os_supported")))
        result = outcome_set(error, OUTCOME_REFUSED, "%s does not run on %s.",
                             arguments_text(arguments, ARGUMENT_OS),
                             arguments_text(arguments, ARGUMENT_PLAN));
    json_decref(quote);
    return result;
}

/* "2 × vps-2 in de with ubuntu-22 for 3 months: 57.22 USD" */
static int confirm_price(struct session *session, const struct arguments *arguments,
                         int64_t each_cents, struct error *error)
{
    CLEANUP(buffer_deinit) struct buffer question = {0};
    const int64_t count = arguments_number(arguments, ARGUMENT_COUNT, 1);
    char price[MONEY_TEXT_SIZE];
    int64_t all_cents;

    if (money_price(each_cents, (uint32_t)count, 0, &all_cents))
        return outcome_set(error, OUTCOME_REFUSED, "The price is out of range.");
    buffer_append_format(
        &question, "%" PRId64 " x %s in %s with %s for %" PRId64 " month%s: %s USD", count,
        arguments_text(arguments, ARGUMENT_PLAN), arguments_text(arguments, ARGUMENT_LOCATION),
        arguments_text(arguments, ARGUMENT_OS), arguments_number(arguments, ARGUMENT_MONTHS, 0),
        arguments_number(arguments, ARGUMENT_MONTHS, 0) == 1 ? "" : "s",
        money_format(all_cents, price));
    if (question.overflown)
        return outcome_set(error, OUTCOME_REFUSED, "There is no memory left.");
    terminal_say(&session->terminal, "%s", question.data);
    return run_confirm(session, arguments, "Buy? [y/N] ", error);
}

/* {"items":[the same, count times]} */
static void append_items(const struct arguments *arguments, int64_t count, struct buffer *out)
{
    buffer_append_text(out, "{\"items\":[");
    for (int64_t i = 0; i < count; ++i) {
        buffer_append_text(out, i > 0 ? "," : "");
        request_append_body(&buying_one, arguments, out);
    }
    buffer_append_text(out, "]}");
}

/* With one key for all tries: whatever is lost on the way, it is bought once. */
static int send_purchase(struct session *session, const struct arguments *arguments,
                         struct answer *ret_answer, struct error *error)
{
    CLEANUP(buffer_deinit) struct buffer path = {0};
    CLEANUP(buffer_deinit) struct buffer body = {0};
    const int64_t count = arguments_number(arguments, ARGUMENT_COUNT, 1);
    char idempotency_key[IDEMPOTENCY_KEY_SIZE];
    struct call call = {.method = "POST", .idempotency_key = idempotency_key};

    request_append_path(count > 1 ? &buying_many : &buying_one, arguments, &path);
    if (count > 1)
        append_items(arguments, count, &body);
    else
        request_append_body(&buying_one, arguments, &body);
    if (path.overflown || body.overflown)
        return outcome_set(error, OUTCOME_REFUSED, "There is no memory left.");
    call_make_idempotency_key(arguments, idempotency_key);
    call.path = path.data;
    call.body = body.data;
    return call_send(session, &call, ret_answer, error);
}

/* What of a bulk is not bought, told at once. */
static void tell_rejected(struct session *session, const struct answer *accepted)
{
    static const struct view *const views[] = {&view_rejected, NULL};
    json_t *answer = answer_json(accepted);

    if (json_array_size(json_object_get(answer, "rejected")) > 0 && !session->settings.is_json)
        session_print_views(session, views, answer);
    json_decref(answer);
}

/* The server is bought and ready whether or not its login can be read just now. */
static void print_login(struct session *session, int64_t server_id)
{
    CLEANUP(ssh_login_wipe) struct ssh_login login = {0};
    struct error ignored;

    buffer_append_format(&session->out, "Server %" PRId64 " is ready: slipctl ssh %" PRId64,
                         server_id, server_id);
    if (ssh_login_ask(session, server_id, &login, &ignored) == 0)
        buffer_append_format(&session->out,
                             "   (ssh -p %s %s@%s; password: slipctl credentials %" PRId64 ")",
                             login.port, login.name, login.address, server_id);
    buffer_append(&session->out, "\n", 1);
}

/* Of each server that is ready. */
static void print_logins(struct session *session, const struct answer *batch)
{
    json_t *object = answer_json(batch);
    const json_t *items = json_object_get(object, "items");

    for (size_t i = 0; i < json_array_size(items); ++i) {
        const json_t *item = json_array_get(items, i);
        const char *status = json_string_value(json_object_get(item, "status"));

        if (status != NULL && strcmp(status, "active") == 0)
            print_login(session, json_integer_value(json_object_get(item, "vps_id")));
    }
    json_decref(object);
}

static int follow(struct session *session, const char *batch_id, struct error *error)
{
    static const struct view *const views[] = {&view_batch_items, NULL};
    CLEANUP(answer_deinit) struct answer batch;
    struct batch_state state = {0};
    int result;

    answer_init(&batch);
    result = batch_follow(session, batch_id, &batch, &state, error);
    if (result == 0)
        result = session_print_answer(session, &batch, views, error);
    if (result == 0 && !session->settings.is_json)
        print_logins(session, &batch);
    if (result == 0 && !batch_state_is_completed(&state))
        result = outcome_set(error, OUTCOME_REFUSED,
                             "%" PRId64 " of %" PRId64 " could not be built; what was paid for it "
                             "is back in the wallet.",
                             state.failed, state.total);
    return result;
}

static int follow_purchase(struct session *session, const struct arguments *arguments,
                           const struct answer *accepted, struct error *error)
{
    static const struct view *const first[] = {&view_accepted, NULL};
    char batch_id[BATCH_TEXT_SIZE];

    tell_rejected(session, accepted);
    if (arguments_have(arguments, ARGUMENT_NO_WAIT))
        return session_print_answer(session, accepted, first, error);
    if (run_find_batch(accepted, batch_id, error) != 0)
        return OUTCOME_REFUSED;
    terminal_say(&session->terminal, "Bought as %s.", batch_id);
    return follow(session, batch_id, error);
}

int run_buy(struct session *session, const struct arguments *arguments, struct error *error)
{
    CLEANUP(answer_deinit) struct answer accepted;
    int64_t each_cents = 0;
    int result = ask_price(session, arguments, &each_cents, error);

    answer_init(&accepted);
    if (result == 0)
        result = confirm_price(session, arguments, each_cents, error);
    if (result == 0)
        result = send_purchase(session, arguments, &accepted, error);
    return result == 0 ? follow_purchase(session, arguments, &accepted, error) : result;
}
