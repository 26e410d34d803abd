/* billing.nodes, one by one, as an operator changes them. */
#pragma once

#include "lib/pg/pg.h"

#include <stdbool.h>

enum node_refusal { NODE_UNKNOWN = 1 };

/* Drained: nothing new is placed on it, from the next purchase on; what stands there stays. What
 * the writers hold of its location is called back, and the operators' log tells of it. 0 also when
 * it was so before; or NODE_UNKNOWN. */
MUST_CHECK int node_store_drain(struct pg *pg, const char *name, bool drained, struct error *error);
