/* The serving half of slipway-notifier: everything that runs between start and SIGTERM. */
#pragma once

#include "lib/service/service.h"

/* Its settings, and how to start, drain and stop; for service_main(). */
struct service app_service(void);
