/* The shapes of api.md section 5: pure, each writes one JSON object. They live in
 * view_<resource>.c. */
#pragma once

#include "proto/billing.pb-c.h"
#include "proto/notifier.pb-c.h"

#include "lib/base/buffer.h"
#include "services/gateway/key_record.h"

/* `user` NULL: an operator that named nobody. */
void view_me(struct buffer *body, const struct key_record *key, const Slipway__V1__User *user);
void view_balance(struct buffer *body, const Slipway__V1__User *user);
/* As operators see it. */
void view_user(struct buffer *body, const Slipway__V1__User *user);
void view_referrals(struct buffer *body, const Slipway__V1__Referrals *referrals);
void view_key(struct buffer *body, const Slipway__V1__KeyRecord *key);
void view_transaction(struct buffer *body, const Slipway__V1__Transaction *transaction);
void view_catalog(struct buffer *body, const Slipway__V1__Catalog *catalog);
void view_quote(struct buffer *body, const Slipway__V1__Quote *quote);
void view_vps(struct buffer *body, const Slipway__V1__Vps *vps);
/* One result an id that was asked for: its card, or that it is not there. */
void view_vps_status(struct buffer *body, const Slipway__V1__VpsCardList *list);
/* `password` is the caller's to wipe, and so is the body once it is sent. */
void view_credentials(struct buffer *body, const Slipway__V1__Credentials *credentials,
                      const char *password);
/* `url` is as secret as a password until it is used or `expires_at_us`. */
void view_console(struct buffer *body, const Slipway__V1__Console *console, const char *url,
                  int64_t expires_at_us);
void view_receipt(struct buffer *body, const Slipway__V1__Receipt *receipt);
void view_operator_act(struct buffer *body, const Slipway__V1__OperatorAct *act);
void view_deposit(struct buffer *body, const Slipway__V1__Deposit *deposit);
/* Of an action that has ended. */
void view_power(struct buffer *body, const Slipway__V1__Vps *vps, const char *action);
/* A new password; as view_credentials(). */
void view_password(struct buffer *body, const Slipway__V1__Credentials *credentials,
                   const char *password);
void view_audit(struct buffer *body, const Slipway__V1__LedgerAudit *audit);
/* The secret is the notifier's to show or not. */
void view_webhook(struct buffer *body, const Slipway__V1__Endpoint *endpoint);
void view_webhook_delivery(struct buffer *body, const Slipway__V1__Delivery *delivery);
void view_notification(struct buffer *body, const Slipway__V1__Preferences *preferences);
