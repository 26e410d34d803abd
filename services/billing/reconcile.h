/* `slipway-billing reconcile`: has the nodes swept by a billing that runs, and prints what differs.
 */
#pragma once

#include "lib/pg/pg.h"

#include <stdbool.h>

/* Asks the nodes over Kafka and waits some seconds for them; those that don't answer are named on
 * standard error, and what earlier sweeps have found of them counts. `brokers` "": nobody is asked.
 * A line of JSON each difference; with `repairs` all of them are repaired by a billing that runs.
 */
MUST_CHECK int reconcile(struct pg *pg, const char *brokers, bool repairs, int64_t *ret_found,
                         struct error *error);
