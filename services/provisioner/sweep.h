/* What a node has to tell about all machines of ours on it, and the removal of one that the
 * register does not have there. Neither is about a sequence of orders. */
#pragma once

#include "services/provisioner/machine.h"
#include "services/provisioner/results.h"

/* True for the actions of this module. */
bool sweep_is_meant(const Slipway__V1__MachineCommand *command);

/* Carries out an InspectNode, or a RemoveStray; done also when there is nothing to remove, or
 * another machine stands under the name. */
MUST_CHECK int sweep_run(const struct machine_request *request, const struct results *results,
                         struct error *error);
