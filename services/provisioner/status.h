/* The step and progress of a command in Redis, for those who watch the batch. Best effort: what is
 * lost here is made good by the outcome. */
#pragma once

#include "lib/redis/redis.h"
#include "lib/service/metrics.h"
#include "proto/commands.pb-c.h"

#include <stdbool.h>

struct status {
    /* Borrowed. */
    struct redis *redis;
    struct metric *errors;
};

/* Does not wait. */
void status_write_step(const struct status *status, const Slipway__V1__MachineCommand *command,
                       const char *step, uint32_t percent);

/* True when billing has settled the item of this command. False also when Redis does not say; waits
 * for it no longer than its client's answer timeout. */
bool status_is_final(const struct status *status, const Slipway__V1__MachineCommand *command);
