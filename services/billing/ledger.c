#include "services/billing/ledger.h"

#include "lib/base/money.h"

#include <assert.h>
#include <string.h>

/* Room for more kinds of account without renumbering. */
static const int64_t ids_per_shard = 16;
static_assert(LEDGER_SYSTEM_COUNT <= 16, "accounts of shards would meet");

int64_t ledger_system_id(int64_t shard, enum ledger_system kind)
{
    return -(shard * ids_per_shard + (int64_t)kind + 1);
}

const char *ledger_system_name(enum ledger_system kind)
{
    static const char *const names[LEDGER_SYSTEM_COUNT] = {
        [LEDGER_IN_PROGRESS] = "in_progress",
        [LEDGER_REVENUE] = "revenue",
        [LEDGER_ADJUSTMENTS] = "adjustments",
        [LEDGER_REFERRALS] = "referrals",
    };

    return names[kind] != NULL ? names[kind] : "clearing";
}

const char *ledger_system_provider(enum ledger_system kind)
{
    static const char *const names[LEDGER_SYSTEM_COUNT] = {
        [LEDGER_CLEARING_CRYPTO] = "crypto",   [LEDGER_CLEARING_CRYPTOBOT] = "cryptobot",
        [LEDGER_CLEARING_XROCKET] = "xrocket", [LEDGER_CLEARING_LOLZ] = "lolz",
        [LEDGER_CLEARING_SBP] = "sbp",
    };

    return names[kind];
}

enum ledger_system ledger_clearing_of(const char *provider)
{
    for (int kind = 0; kind < LEDGER_SYSTEM_COUNT; ++kind) {
        const char *name = ledger_system_provider((enum ledger_system)kind);

        if (name != NULL && strcmp(name, provider) == 0)
            return (enum ledger_system)kind;
    }
    return LEDGER_SYSTEM_COUNT;
}

static const char *const kind_names[LEDGER_KIND_COUNT] = {
    [LEDGER_PURCHASE] = "purchase",
    [LEDGER_RENEWAL] = "renewal",
    [LEDGER_CAPTURE] = "capture",
    [LEDGER_REFUND] = "refund",
    [LEDGER_ADJUSTMENT] = "adjustment",
    [LEDGER_DEPOSIT] = "deposit",
    [LEDGER_REFERRAL_BONUS] = "referral_bonus",
};

const char *ledger_kind_name(enum ledger_kind kind)
{
    return kind_names[kind];
}

bool ledger_kind_parse(const char *name, enum ledger_kind *ret_kind)
{
    for (int kind = 0; kind < LEDGER_KIND_COUNT; ++kind)
        if (strcmp(kind_names[kind], name) == 0) {
            *ret_kind = (enum ledger_kind)kind;
            return false;
        }
    return true;
}

/* True when it does not fit. */
static bool apply(struct ledger_account *account, int64_t delta_cents)
{
    struct ledger_account changed = *account;

    if (money_add(account->balance_cents, delta_cents, &changed.balance_cents) ||
        money_add(account->moved_cents, delta_cents, &changed.moved_cents))
        return true;
    *account = changed;
    return false;
}

int ledger_move(struct ledger_account *debit, struct ledger_account *credit, int64_t amount_cents,
                enum ledger_rule rule)
{
    const struct ledger_account before = *debit;

    assert(amount_cents > 0 && debit->id != credit->id);
    if (rule == LEDGER_SPEND && debit->id > 0 && debit->balance_cents < amount_cents)
        return LEDGER_SHORT;
    if (apply(debit, -amount_cents))
        return LEDGER_OUT_OF_RANGE;
    if (apply(credit, amount_cents)) {
        *debit = before;
        return LEDGER_OUT_OF_RANGE;
    }
    if (debit->id > 0 && debit->balance_cents < debit->floor_cents)
        debit->floor_cents = debit->balance_cents;
    return 0;
}
