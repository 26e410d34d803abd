/* Which members of the API's answers are shown, and how. */
#pragma once

#include "slipctl/view.h"

extern const struct view view_me, view_plans, view_locations, view_systems, view_periods;
extern const struct view view_quote, view_servers, view_server, view_credentials, view_console;
extern const struct view view_batch, view_batch_items, view_accepted, view_rejected;
extern const struct view view_renewal, view_power, view_password;
extern const struct view view_balance, view_transactions, view_referrals, view_deposit;
extern const struct view view_users, view_user, view_ban, view_keys, view_key;
extern const struct view view_audit, view_acts, view_change;
