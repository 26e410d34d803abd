/* On what terms deposits are made: from the settings, for the writer and those who ask providers.
 */
#pragma once

#include "services/billing/deposit.h"
#include "services/billing/provider_book.h"

struct deposit_terms {
    /* Borrowed. */
    const struct provider_book *book;
    /* Of each completed deposit, for who invited the user; hundredths of a percent. */
    int64_t referral_basis_points;
    /* Longest wait for a provider's answer, over all that one request asks of it. */
    int64_t provider_timeout_ms;
    /* How long nobody else asks for the same invoice; longer than the wait and the writer's
     * deadline together. */
    int64_t lease_ms;
    struct deposit_schedule schedule;
};
