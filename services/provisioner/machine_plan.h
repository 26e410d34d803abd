/* What the machine of an order is to be on its node, by what the order says and the node can do. */
#pragma once

#include "services/provisioner/machine_steps.h"

/* The XML to define it by, with a uuid of its own and build->metadata in it; the caller's to
 * free(). FAULT_HARD: no machine can be like that, or the node lacks the network filter. */
MUST_CHECK int machine_plan(const struct build *build, char **ret_xml, struct error *error);
