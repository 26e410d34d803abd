/* The rows of the table in providers.c, one a file. */
#pragma once

#include "services/billing/providers/provider.h"

extern const struct provider provider_cryptobot;
