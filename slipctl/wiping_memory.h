/* Makes jansson and libcurl wipe what they free: both hold copies of keys and passwords. */
#pragma once

#include "lib/base/cleanup.h"

#include <stdbool.h>

/* Before anything else of theirs is called. True: libcurl can't be used. */
MUST_CHECK bool wiping_memory_install(void);
