#include "tests/support/order_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>

uint64_t order_world_standing(struct writer_world *world, uint64_t *ret_user)
{
    *ret_user = billing_user(&world->writer, 100000);
    return billing_standing(&world->writer, &world->database, *ret_user);
}

void order_world_order(struct writer_world *world, Slipway__V1__Command *command)
{
    assert_int_equal(billing_ask(&world->writer, command).status, 202);
}

struct writer_outcome order_world_report(struct writer_world *world, uint64_t vps,
                                         uint64_t sequence, enum billing_report what,
                                         const char *seal)
{
    struct writer_outcome outcome;

    assert_int_equal(billing_report(&world->writer, vps, sequence, what, seal, &outcome), 0);
    return outcome;
}

bool order_world_has_seal(const struct writer_world *world, uint64_t vps, const char *seal)
{
    char expression[96];

    (void)snprintf(expression, sizeof(expression), "(sealed_password = '%s'::bytea)::int", seal);
    return billing_vps_number(&world->database, vps, expression) == 1;
}

int64_t order_world_number(const struct writer_world *world, uint64_t vps, uint64_t sequence,
                           const char *expression)
{
    char sql[256];

    (void)snprintf(sql, sizeof(sql),
                   "SELECT (%s)::bigint FROM billing.operations WHERE vps_id = %" PRIu64
                   " AND sequence = %" PRIu64,
                   expression, vps, sequence);
    return writer_world_count(world, sql);
}
