/* The rows of the table in providers.c, one a file. */
#pragma once

#include "services/billing/providers/provider.h"

extern const struct provider provider_crypto;
extern const struct provider provider_cryptobot;
extern const struct provider provider_xrocket;
extern const struct provider provider_lolz;
extern const struct provider provider_sbp;

/* What xrocket forwards to, by dialect. */
extern const struct provider provider_xrocket_classic;
extern const struct provider provider_xrocket_exchange;

/* `takes_asset` of one that is paid in money, not in coins. */
bool provider_takes_no_asset(const struct provider_settings *settings, const char *asset);
