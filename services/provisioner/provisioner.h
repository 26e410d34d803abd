/* The parts of a provisioner put together: what main.c hands to lib/service. */
#pragma once

#include "lib/base/error.h"
#include "lib/service/metrics.h"

#include <stdint.h>

/* As lib/service/service.h says of struct service; `config` is a struct provisioner_config. */
MUST_CHECK int provisioner_start(const void *config, struct metrics *metrics, void **ret_app,
                                 struct error *error);
const char *provisioner_unready(void *app);
void provisioner_drain(void *app, int64_t timeout_ms);
void provisioner_stop(void *app);
