#include "services/billing/deposit.h"

#include "lib/base/encoding.h"
#include "lib/base/money.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char reference_prefix[] = "slipway-";

static const int64_t us_per_ms = 1000;
static const int64_t us_per_s = 1000000;

/* After the invoice's end the provider has this long to say so itself. */
static const int64_t end_margin_us = INT64_C(15) * 60 * 1000000;

/* Looks at an unpaid deposit after its end, for payments that no callback told of. */
static const int64_t late_looks_s[] = {
    INT64_C(3600),
    INT64_C(6) * 3600,
    INT64_C(24) * 3600,
    INT64_C(72) * 3600,
};

static const int64_t retry_first_us = INT64_C(2) * 1000000;
static const int64_t retry_longest_us = INT64_C(60) * 1000000;
static const int64_t give_up_us = INT64_C(3600) * 1000000;

static const char *const status_names[DEPOSIT_STATUS_COUNT] = {
    [DEPOSIT_CREATING] = "creating",   [DEPOSIT_PENDING] = "pending",
    [DEPOSIT_COMPLETED] = "completed", [DEPOSIT_FAILED] = "failed",
    [DEPOSIT_EXPIRED] = "expired",
};

void deposit_order_of(const struct deposit *deposit, struct deposit_order *ret_order)
{
    *ret_order = (struct deposit_order){
        .id = deposit->id,
        .user_id = deposit->user_id,
        .provider = provider_find(deposit->provider),
        .invoice_cents = deposit->amount_cents + deposit->fee_cents,
        .lease = deposit->lease,
        .tries = deposit->tries,
    };
    (void)snprintf(ret_order->asset, sizeof(ret_order->asset), "%s", deposit->asset);
    (void)snprintf(ret_order->external_id, sizeof(ret_order->external_id), "%s",
                   deposit->external_id);
    if (deposit->key_hash == NULL || deposit->fingerprint == NULL)
        return;
    ret_order->has_key = true;
    memcpy(ret_order->key_hash, deposit->key_hash, DEPOSIT_HASH_SIZE);
    memcpy(ret_order->fingerprint, deposit->fingerprint, DEPOSIT_HASH_SIZE);
}

const char *deposit_status_name(enum deposit_status status)
{
    return status_names[status];
}

bool deposit_status_find(const char *name, enum deposit_status *ret_status)
{
    for (int i = 0; i < DEPOSIT_STATUS_COUNT; ++i)
        if (strcmp(status_names[i], name) == 0) {
            *ret_status = (enum deposit_status)i;
            return false;
        }
    return true;
}

const char *deposit_reference(int64_t id, char ret_text[static PROVIDER_REFERENCE_SIZE])
{
    (void)snprintf(ret_text, PROVIDER_REFERENCE_SIZE, "%s%" PRId64, reference_prefix, id);
    return ret_text;
}

bool deposit_reference_parse(const char *text, uint64_t *ret_id)
{
    const size_t length = sizeof(reference_prefix) - 1;

    return strncmp(text, reference_prefix, length) != 0 || decimal_parse_u64(text + length, ret_id);
}

/* cents × numerator / denominator, rounded down. True: it does not fit. */
static bool share(int64_t cents, int64_t numerator, int64_t denominator, int64_t *ret_cents)
{
    int64_t product;

    if (__builtin_mul_overflow(cents, numerator, &product))
        return true;
    *ret_cents = product / denominator;
    return false;
}

bool deposit_fee(int64_t amount_cents, int64_t basis_points, int64_t *ret_fee_cents)
{
    /* A part of it is what a discount of the rest leaves. */
    return money_price(amount_cents, 1, (uint32_t)(MONEY_BASIS_POINTS - basis_points),
                       ret_fee_cents);
}

bool deposit_credit(int64_t amount_cents, int64_t fee_cents, int64_t paid_cents, int64_t *ret_cents)
{
    assert(amount_cents > 0 && fee_cents >= 0);
    if (fee_cents == 0) {
        *ret_cents = paid_cents;
        return false;
    }
    return share(paid_cents, amount_cents, amount_cents + fee_cents, ret_cents);
}

bool deposit_bonus(int64_t credited_cents, int64_t basis_points, int64_t *ret_cents)
{
    return share(credited_cents, basis_points, MONEY_BASIS_POINTS, ret_cents);
}

/* All of it is there, and will not go away. */
static bool is_covered(const struct deposit *deposit, const struct deposit_news *news)
{
    return (news->state == PROVIDER_PAID || news->state == PROVIDER_EXPIRED) &&
           news->paid_cents >= deposit->amount_cents + deposit->fee_cents;
}

static bool has_ended(const struct deposit *deposit, const struct deposit_news *news,
                      int64_t now_us)
{
    return news->state == PROVIDER_EXPIRED || now_us > deposit->expires_at_us + end_margin_us;
}

static enum deposit_verdict judge_pending(const struct deposit *deposit,
                                          const struct deposit_news *news, int64_t now_us)
{
    const bool has_some = news->paid_cents > 0 || deposit->paid_cents > 0;

    if (news->state == PROVIDER_FAILED)
        return DEPOSIT_FAIL;
    if (has_ended(deposit, news, now_us))
        return has_some ? DEPOSIT_FAIL_UNDERPAID : DEPOSIT_EXPIRE;
    return news->paid_cents > deposit->paid_cents ? DEPOSIT_NOTE : DEPOSIT_KEEP;
}

enum deposit_verdict deposit_judge(const struct deposit *deposit, const struct deposit_news *news,
                                   int64_t now_us)
{
    const bool has_more = news->paid_cents > deposit->paid_cents;

    if (deposit->status == DEPOSIT_CREATING || deposit->external_id[0] == '\0')
        return DEPOSIT_KEEP;
    if (deposit->status == DEPOSIT_COMPLETED)
        return has_more ? DEPOSIT_NOTE : DEPOSIT_KEEP;
    if (is_covered(deposit, news))
        return deposit->by_operator ? DEPOSIT_OVERRULED : DEPOSIT_CREDIT;
    if (deposit->status == DEPOSIT_PENDING)
        return judge_pending(deposit, news, now_us);
    return has_more ? DEPOSIT_NOTE : DEPOSIT_KEEP;
}

/* first × 2^tries up to the longest. */
static int64_t grown(int64_t first, int64_t longest, int64_t tries)
{
    int64_t wait = first;

    for (int64_t i = 0; i < tries && wait < longest; ++i)
        wait *= 2;
    return wait < longest ? wait : longest;
}

static int64_t spread(int64_t wait, uint32_t random)
{
    return wait - wait / 4 + wait / 2 * (int64_t)(random % 1024) / 1024;
}

static int64_t next_late_look_us(const struct deposit *deposit, int64_t now_us)
{
    for (size_t i = 0; i < ARRAY_LENGTH(late_looks_s); ++i) {
        const int64_t look_us = deposit->expires_at_us + late_looks_s[i] * us_per_s;

        if (look_us > now_us)
            return look_us;
    }
    return 0;
}

int64_t deposit_next_look_us(const struct deposit_schedule *schedule, const struct deposit *deposit,
                             int64_t now_us, uint32_t random)
{
    const int64_t end_us = deposit->expires_at_us + end_margin_us + us_per_s;
    int64_t next_us;

    if (deposit->status == DEPOSIT_COMPLETED || deposit->by_operator ||
        deposit->external_id[0] == '\0')
        return 0;
    if (deposit->status != DEPOSIT_PENDING)
        return next_late_look_us(deposit, now_us);
    next_us =
        now_us +
        spread(grown(schedule->first_ms, schedule->longest_ms, deposit->tries), random) * us_per_ms;
    return now_us < end_us && end_us < next_us ? end_us : next_us;
}

int64_t deposit_retry_wait_us(int64_t tries)
{
    return grown(retry_first_us, retry_longest_us, tries);
}

bool deposit_is_given_up(const struct deposit *deposit, int64_t now_us)
{
    return now_us - deposit->created_at_us > give_up_us;
}
