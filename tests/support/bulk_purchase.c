#include "tests/support/bulk_purchase.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Slipway__V1__PurchaseItem *make_item(void)
{
    Slipway__V1__PurchaseItem *item = malloc(sizeof(*item));

    assert_non_null(item);
    slipway__v1__purchase_item__init(item);
    item->plan_code = strdup("vps-2");
    item->location_code = strdup("de");
    item->os_code = strdup("ubuntu-22");
    item->period_months = 1;
    return item;
}

Slipway__V1__Command *bulk_purchase(uint64_t user_id, const char *key, size_t count)
{
    Slipway__V1__Command *command = billing_command(user_id, key, "bulk");
    Slipway__V1__PurchaseVps *purchase = malloc(sizeof(*purchase));

    assert_non_null(purchase);
    slipway__v1__purchase_vps__init(purchase);
    purchase->bulk = true;
    purchase->n_items = count;
    purchase->items = calloc(count, sizeof(struct Slipway__V1__PurchaseItem *));
    assert_non_null(purchase->items);
    for (size_t i = 0; i < count; ++i)
        purchase->items[i] = make_item();
    command->action_case = SLIPWAY__V1__COMMAND__ACTION_PURCHASE;
    command->purchase = purchase;
    return command;
}

uint64_t bulk_purchase_make(struct billing_writer *writer, const struct billing_database *database,
                            uint64_t user_id, size_t count, uint64_t *ret_vps_ids)
{
    const struct billing_reply reply = billing_ask(writer, bulk_purchase(user_id, NULL, count));
    const char *name = strstr(reply.location, "checkout:");
    unsigned long long batch_id;
    char sql[128];

    assert_int_equal(reply.status, 202);
    assert_non_null(name);
    batch_id = strtoull(name + strlen("checkout:"), NULL, 10);
    for (size_t i = 0; i < count; ++i) {
        (void)snprintf(sql, sizeof(sql),
                       "SELECT id FROM billing.vps WHERE batch_id = %llu AND item_index = %zu",
                       batch_id, i);
        ret_vps_ids[i] = (uint64_t)billing_database_number(database, sql);
    }
    return batch_id;
}
