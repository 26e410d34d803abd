/* The one key that is made outside the writer: the first operator key. No money is near. */
#pragma once

#include "lib/pg/pg.h"

enum { KEY_HASH_SIZE = 32 };

/* An operator key with every scope, and the act in the operators' log. */
MUST_CHECK int key_store_insert_operator(struct pg *pg, const unsigned char hash[KEY_HASH_SIZE],
                                         const char *name, uint64_t *ret_key_id,
                                         struct error *error);
