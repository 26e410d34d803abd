/* Who a key belongs to and what it may do: immutable, shared by reference count. */
#pragma once

#include "proto/billing.pb-c.h"

#include "lib/base/cleanup.h"

#include <stdbool.h>
#include <stdint.h>

/* Bits of a set. An operator's key holds all of them. */
enum scope {
    SCOPE_VPS_READ = 1U << 0,
    SCOPE_VPS_WRITE = 1U << 1,
    SCOPE_VPS_BUY = 1U << 2,
    SCOPE_DEPOSITS_WRITE = 1U << 3,
    SCOPE_ADMIN = 1U << 4,
};

struct key_record;

/* NULL: no memory. The first reference is the caller's. */
struct key_record *key_record_new(const Slipway__V1__KeyRecord *record);
struct key_record *key_record_ref(struct key_record *record);
/* Accepts NULL. */
void key_record_unref(struct key_record *record);

uint64_t key_record_id(const struct key_record *record);
const char *key_record_name(const struct key_record *record);
bool key_record_is_operator(const struct key_record *record);
/* The user it is bound to is banned. */
bool key_record_is_banned(const struct key_record *record);
/* 0 for an operator. */
uint64_t key_record_user_id(const struct key_record *record);
bool key_record_has_scope(const struct key_record *record, enum scope scope);
/* The set of enum scope. */
unsigned key_record_scopes(const struct key_record *record);

/* Who asks, as billing is told. */
void key_record_fill_principal(const struct key_record *record,
                               Slipway__V1__Principal *ret_principal);

/* "vps:read"; "admin:*". */
const char *scope_name(enum scope scope);
/* False: no such scope. */
bool scope_find(const char *name, enum scope *ret_scope);
