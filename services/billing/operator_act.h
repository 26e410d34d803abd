/* What the operators' log says of a command. Pure. */
#pragma once

#include "services/billing/batch.h"

/* Of a job that was decided in this run: true when it is to be logged, that is when an operator's
 * key changed something. `ret_act` borrows from the job. */
bool operator_act_describe(const struct job *job, struct operator_act *ret_act);
