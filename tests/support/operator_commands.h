/* What operators order, as commands for a test's writer under the key OPERATOR_KEY, and what came
 * of it. */
#pragma once

#include "tests/support/billing_writer.h"

enum { OPERATOR_KEY = 7 };

/* Each is freed by the writer. */
Slipway__V1__Command *operator_ban(uint64_t user, bool banned, const char *reason);
/* Invited by `referrer_id` or by `code`; 0 and "": by nobody. */
Slipway__V1__Command *operator_user(uint64_t referrer_id, const char *code);
/* A reseller's key whose hash is made of `seed`. */
Slipway__V1__Command *operator_key(uint64_t user, uint8_t seed);
/* One more address from which the key may be used. */
void operator_allow(Slipway__V1__Command *command, const char *address);
Slipway__V1__Command *operator_revocation(uint64_t key_id);

/* The number that `sql` gives, with `id` in the place of its first @. */
int64_t operator_count(const struct billing_database *database, const char *sql, uint64_t id);
/* How many messages of this type about "<kind>:<id>" wait for Kafka: the relay of a test's writer
 * leads nowhere, so they stay. */
int64_t operator_told(const struct billing_database *database, const char *type, const char *kind,
                      uint64_t id);
