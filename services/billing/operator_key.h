/* An operator key made on the command line: the way in before there is any key. */
#pragma once

#include "lib/pg/pg.h"

/* "slip_hosting_", 32 characters of base62, and a NUL: 190 random bits. */
enum { OPERATOR_KEY_SIZE = 13 + 32 + 1 };

/* Stores the key's hash; the key itself is only in `ret_key`, a secret that the caller wipes. */
MUST_CHECK int operator_key_create(struct pg *pg, const char *name,
                                   char ret_key[static OPERATOR_KEY_SIZE], uint64_t *ret_key_id,
                                   struct error *error);
