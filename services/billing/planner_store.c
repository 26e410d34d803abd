#include "services/billing/planner_store.h"

/* jit: a plan that has to scan for want of an index counts as endlessly dear once scans are off,
 * and PostgreSQL would compile it by LLVM, half a second for a table of one row. */
static const struct pg_statement settings = {
    "planner_settings",
    "SELECT set_config('plan_cache_mode', 'force_generic_plan', true),"
    " set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),"
    " set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),"
    " set_config('jit', 'off', true)",
};

int planner_store_queue(struct pg *pg, struct error *error)
{
    return pg_pipeline_queue(pg, &settings, NULL, error);
}

int planner_store_take(struct pg *pg, struct error *error)
{
    return pg_pipeline_take(pg, NULL, error);
}
