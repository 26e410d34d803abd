/* What came of a user's invitations. */
#pragma once

#include "lib/pg/pg.h"
#include "proto/billing.pb-c.h"

/* No row: no such user, or not in `scope` (0 sees all, else one user's). */
const struct pg_statement *referral_read_store_find(struct pg_args *args, int64_t user_id,
                                                    int64_t scope);

/* All but the percentage. Texts are borrowed from the rows. */
void referral_read_store_row(const struct pg_rows *rows, Slipway__V1__Referrals *ret_referrals);
