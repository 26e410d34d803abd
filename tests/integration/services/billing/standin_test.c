/* Each adapter against the stand-in of its provider, which was written from the providers' public
 * documents and shares no line with it: both must mean the same by every request, answer and
 * signature. */
#include "tests/support/provider_speaker.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* ---- what holds for all ---- */

static void pays(struct speaker *speaker)
{
    const struct provider_invoice made = speaker_create(speaker);
    struct provider_invoice told = {0}, found;

    assert_true(made.pay_url[0] != '\0' || made.address[0] != '\0');
    assert_int_equal(speaker_find(speaker, made.external_id).state, PROVIDER_OPEN);
    speaker_press_for_order(speaker, "pay", ",\"webhooks\":0");
    found = speaker_find(speaker, made.external_id);
    assert_int_equal(found.state, PROVIDER_PAID);
    assert_int_equal(found.paid_cents, 5017);
    assert_int_equal(speaker_receive(speaker, "good", &told), 0);
    assert_true(strcmp(told.external_id, made.external_id) == 0 ||
                strcmp(told.reference, speaker->reference) == 0);
    assert_int_equal(speaker_receive(speaker, "wrong", &told), PROVIDER_NOT_AUTHENTIC);
}

static void expires(struct speaker *speaker)
{
    const struct provider_invoice made = speaker_create(speaker);

    speaker_press_for_order(speaker, "expire", "");
    assert_int_equal(speaker_find(speaker, made.external_id).state, PROVIDER_EXPIRED);
    speaker_press_for_order(speaker, "pay", ",\"webhooks\":0,\"late\":true");
    assert_int_equal(speaker_find(speaker, made.external_id).state, PROVIDER_PAID);
}

static void recovers_a_lost_answer(struct speaker *speaker)
{
    struct provider_invoice invoice = {0};

    speaker_renew_order(speaker);
    assert_int_equal(speaker_ask(speaker, "", &invoice), PROVIDER_NOT_FOUND);
    speaker_press(speaker, "fault", ",\"kind\":\"drop\"");
    assert_int_equal(speaker_ask(speaker, NULL, &invoice), FAULT_UNCERTAIN);
    assert_int_equal(speaker_ask(speaker, "", &invoice), 0);
    assert_int_equal(invoice.state, PROVIDER_OPEN);
    assert_true(invoice.pay_url[0] != '\0' || invoice.address[0] != '\0');
    assert_int_equal(speaker_find(speaker, invoice.external_id).state, PROVIDER_OPEN);
}

static void stands_faults(struct speaker *speaker)
{
    struct provider_settings good = speaker->settings;
    struct provider_invoice invoice = {0};
    const struct provider_invoice made = speaker_create(speaker);

    speaker_press(speaker, "fault", ",\"kind\":\"status\",\"status\":500");
    assert_int_equal(speaker_ask(speaker, made.external_id, &invoice), FAULT_RETRY);
    speaker_press(speaker, "fault", ",\"kind\":\"status\",\"status\":429,\"retry_after\":1");
    assert_int_equal(speaker_ask(speaker, made.external_id, &invoice), PROVIDER_BUSY);
    speaker_press(speaker, "fault", ",\"kind\":\"status\",\"status\":403");
    assert_int_equal(speaker_ask(speaker, made.external_id, &invoice), FAULT_HARD);
    speaker_press(speaker, "fault", ",\"kind\":\"garbage\"");
    assert_int_equal(speaker_ask(speaker, made.external_id, &invoice), FAULT_HARD);
    assert_int_equal(speaker_ask(speaker, "404404", &invoice), PROVIDER_NOT_FOUND);
    speaker->settings.token = "another";
    assert_int_equal(speaker_ask(speaker, NULL, &invoice), PROVIDER_REFUSED);
    speaker->settings = good;
    assert_int_equal(speaker_find(speaker, made.external_id).state, PROVIDER_OPEN);
}

static void all(struct speaker *speaker)
{
    pays(speaker);
    expires(speaker);
    recovers_a_lost_answer(speaker);
    stands_faults(speaker);
}

/* ---- each ---- */

static void cryptobot_and_its_stand_in_agree(void **state)
{
    struct speaker speaker;
    struct provider_invoice told = {0};

    speaker_init(&speaker, *state, "cryptobot", "");
    all(&speaker);
    (void)speaker_create(&speaker);
    speaker_press_for_order(&speaker, "pay", ",\"webhooks\":0");
    assert_int_equal(speaker_receive(&speaker, "good", &told), 0);
    assert_int_equal(told.paid_cents, 5017);
    assert_int_equal(speaker_receive(&speaker, "missing", &told), PROVIDER_NOT_AUTHENTIC);
}

static void classic_xrocket_and_its_stand_in_agree(void **state)
{
    struct speaker speaker;
    struct provider_invoice told = {0};

    speaker_init(&speaker, *state, "xrocket", "classic");
    all(&speaker);
    (void)speaker_create(&speaker);
    speaker_press_for_order(&speaker, "pay", ",\"webhooks\":0");
    assert_int_equal(speaker_receive(&speaker, "missing", &told), PROVIDER_NOT_AUTHENTIC);
}

/* A repeated request makes no second invoice. */
static void newer_xrocket_and_its_stand_in_agree(void **state)
{
    static const char *const dialects[] = {"exchange", "exchange-usdt"};
    struct provider_invoice again = {0};
    struct speaker speaker;

    for (size_t i = 0; i < ARRAY_LENGTH(dialects); ++i) {
        speaker_init(&speaker, *state, "xrocket", dialects[i]);
        all(&speaker);
        const struct provider_invoice made = speaker_create(&speaker);

        assert_int_equal(speaker_ask(&speaker, NULL, &again), 0);
        assert_string_equal(again.external_id, made.external_id);
    }
}

static void lolz_and_its_stand_in_agree(void **state)
{
    struct provider_invoice invoice = {0};
    struct speaker speaker;

    speaker_init(&speaker, *state, "lolz", "");
    all(&speaker);
    /* Amounts as text and as number, by the id. */
    (void)speaker_create(&speaker);
    (void)speaker_create(&speaker);
    assert_int_equal(speaker_ask(&speaker, NULL, &invoice), PROVIDER_REFUSED);
    speaker_init(&speaker, *state, "lolz", "test");
    pays(&speaker);
    speaker.settings.dialect = "live";
    assert_int_equal(speaker_ask(&speaker, "", &invoice), FAULT_HARD);
}

static void sbp_and_its_stand_in_agree_on_both_signatures(void **state)
{
    static const char *const dialects[] = {"header", "body"};
    struct provider_invoice invoice = {0};
    struct speaker speaker;

    for (size_t i = 0; i < ARRAY_LENGTH(dialects); ++i) {
        speaker_init(&speaker, *state, "sbp", dialects[i]);
        all(&speaker);
        (void)speaker_create(&speaker);
        assert_int_equal(speaker_ask(&speaker, NULL, &invoice), PROVIDER_REFUSED);
        /* The rate of the settings has changed meanwhile. */
        speaker_press_for_order(&speaker, "pay", ",\"webhooks\":0");
        speaker.settings.kopecks_per_usd = 12000;
        assert_int_equal(speaker_find(&speaker, "").paid_cents, 5017);
    }
}

static void expect_crypto(struct speaker *speaker, const char *asset, const char *pay,
                          enum provider_state state, int64_t paid_cents)
{
    struct provider_invoice invoice = {0};

    speaker_renew_order(speaker);
    speaker->order.asset = asset;
    assert_int_equal(speaker_ask(speaker, NULL, &invoice), 0);
    speaker_press_for_order(speaker, "pay", pay);
    invoice = speaker_find(speaker, invoice.external_id);
    assert_int_equal(invoice.state, state);
    assert_int_equal(invoice.paid_cents, paid_cents);
}

static void crypto_and_its_stand_in_agree(void **state)
{
    struct provider_invoice told = {0};
    struct speaker speaker;

    speaker_init(&speaker, *state, "crypto", "");
    pays(&speaker);
    expires(&speaker);
    stands_faults(&speaker);
    expect_crypto(&speaker, "", ",\"webhooks\":0,\"amount\":\"25\"", PROVIDER_PAID, 2500);
    expect_crypto(&speaker, "USDT-ERC20", ",\"webhooks\":0,\"amount\":\"100.34\"", PROVIDER_PAID,
                  10034);
    expect_crypto(&speaker, "TON", ",\"webhooks\":0,\"stage\":\"confirming\"", PROVIDER_OPEN, 0);
    expect_crypto(&speaker, "TON", ",\"webhooks\":0", PROVIDER_PAID, 5017);
    /* Coins sent again make a payment of its own, of which the newest webhook tells. */
    speaker_press_for_order(&speaker, "pay", ",\"webhooks\":0");
    assert_int_equal(speaker_receive(&speaker, "good", &told), PROVIDER_IGNORED);
}

static void a_coin_with_a_memo_is_shown_with_it(void **state)
{
    struct provider_invoice invoice = {0};
    struct speaker speaker;

    speaker_init(&speaker, *state, "crypto", "floating");
    speaker_renew_order(&speaker);
    speaker.order.asset = "XRP";
    assert_int_equal(speaker_ask(&speaker, NULL, &invoice), 0);
    assert_true(invoice.memo[0] != '\0');
    assert_string_equal(invoice.network, "xrp");
    assert_string_equal(invoice.pay_amount, "100.34");
    speaker.order.asset = "DOGE";
    assert_int_equal(speaker_ask(&speaker, NULL, &invoice), PROVIDER_REFUSED);
}

/* Its list is closed to keys: a payment whose answer was lost counts as none. */
static void a_lost_payment_of_crypto_counts_as_none(void **state)
{
    struct provider_invoice invoice = {0};
    struct speaker speaker;

    speaker_init(&speaker, *state, "crypto", "");
    speaker_renew_order(&speaker);
    speaker_press(&speaker, "fault", ",\"kind\":\"drop\"");
    assert_int_equal(speaker_ask(&speaker, NULL, &invoice), FAULT_UNCERTAIN);
    assert_int_equal(speaker_ask(&speaker, "", &invoice), PROVIDER_NOT_FOUND);
    assert_int_equal(speaker_ask(&speaker, NULL, &invoice), 0);
}

static int start(void **state)
{
    static struct speaker_world world;

    standin_process_init(&world.standin, SLIPWAY_STANDIN);
    *state = &world;
    return 0;
}

static int stop(void **state)
{
    struct speaker_world *world = *state;

    standin_process_deinit(&world->standin);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cryptobot_and_its_stand_in_agree),
        cmocka_unit_test(classic_xrocket_and_its_stand_in_agree),
        cmocka_unit_test(newer_xrocket_and_its_stand_in_agree),
        cmocka_unit_test(lolz_and_its_stand_in_agree),
        cmocka_unit_test(sbp_and_its_stand_in_agree_on_both_signatures),
        cmocka_unit_test(crypto_and_its_stand_in_agree),
        cmocka_unit_test(a_coin_with_a_memo_is_shown_with_it),
        cmocka_unit_test(a_lost_payment_of_crypto_counts_as_none),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
