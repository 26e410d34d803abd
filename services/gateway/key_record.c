#include "services/gateway/key_record.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct key_record {
    atomic_uint references;
    uint64_t key_id, user_id;
    bool is_operator, is_banned;
    unsigned scopes;
    char name[];
};

static const struct {
    enum scope scope;
    const char *name;
} scopes[] = {
    {SCOPE_VPS_READ,       "vps:read"      },
    {SCOPE_VPS_WRITE,      "vps:write"     },
    {SCOPE_VPS_BUY,        "vps:buy"       },
    {SCOPE_DEPOSITS_WRITE, "deposits:write"},
    {SCOPE_ADMIN,          "admin:*"       },
};

const char *scope_name(enum scope scope)
{
    for (size_t i = 0; i < ARRAY_LENGTH(scopes); ++i)
        if (scopes[i].scope == scope)
            return scopes[i].name;
    return "";
}

bool scope_find(const char *name, enum scope *ret_scope)
{
    for (size_t i = 0; i < ARRAY_LENGTH(scopes); ++i)
        if (strcmp(scopes[i].name, name) == 0) {
            *ret_scope = scopes[i].scope;
            return true;
        }
    return false;
}

/* An operator holds every scope; a reseller can't be given admin:*. Names of scopes that came
 * after this build grant nothing. */
static unsigned read_scopes(const Slipway__V1__KeyRecord *record, bool is_operator)
{
    unsigned set = 0;
    enum scope scope;

    for (size_t i = 0; i < ARRAY_LENGTH(scopes) && is_operator; ++i)
        set |= scopes[i].scope;
    for (size_t i = 0; i < record->n_scopes; ++i)
        if (scope_find(record->scopes[i], &scope) && (is_operator || scope != SCOPE_ADMIN))
            set |= scope;
    return set;
}

struct key_record *key_record_new(const Slipway__V1__KeyRecord *record)
{
    const size_t name_size = strlen(record->name) + 1;
    struct key_record *made = malloc(sizeof(*made) + name_size);

    if (made == NULL)
        return NULL;
    atomic_init(&made->references, 1);
    made->key_id = record->key_id;
    made->user_id = record->user_id;
    made->is_operator = record->role == SLIPWAY__V1__ROLE__ROLE_OPERATOR;
    made->is_banned = record->user_is_banned;
    made->scopes = read_scopes(record, made->is_operator);
    memcpy(made->name, record->name, name_size);
    return made;
}

struct key_record *key_record_ref(struct key_record *record)
{
    atomic_fetch_add_explicit(&record->references, 1, memory_order_relaxed);
    return record;
}

void key_record_unref(struct key_record *record)
{
    if (record != NULL &&
        atomic_fetch_sub_explicit(&record->references, 1, memory_order_acq_rel) == 1)
        free(record);
}

uint64_t key_record_id(const struct key_record *record)
{
    return record->key_id;
}

const char *key_record_name(const struct key_record *record)
{
    return record->name;
}

bool key_record_is_operator(const struct key_record *record)
{
    return record->is_operator;
}

bool key_record_is_banned(const struct key_record *record)
{
    return record->is_banned;
}

uint64_t key_record_user_id(const struct key_record *record)
{
    return record->user_id;
}

bool key_record_has_scope(const struct key_record *record, enum scope scope)
{
    return (record->scopes & scope) != 0;
}

unsigned key_record_scopes(const struct key_record *record)
{
    return record->scopes;
}

void key_record_fill_principal(const struct key_record *record,
                               Slipway__V1__Principal *ret_principal)
{
    slipway__v1__principal__init(ret_principal);
    ret_principal->key_id = record->key_id;
    ret_principal->user_id = record->user_id;
    ret_principal->role =
        record->is_operator ? SLIPWAY__V1__ROLE__ROLE_OPERATOR : SLIPWAY__V1__ROLE__ROLE_RESELLER;
}
