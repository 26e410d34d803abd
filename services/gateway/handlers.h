/* The handlers of the table in routes.c; each lives in handle_<resource>.c. Results as endpoint.h
 * says. */
#pragma once

#include "services/gateway/request.h"

int handle_user_me(struct request *request, struct error *error);
int handle_user_balance(struct request *request, struct error *error);
int handle_transaction_list(struct request *request, struct error *error);
int handle_referrals(struct request *request, struct error *error);
int handle_catalog(struct request *request, struct error *error);
int handle_quote(struct request *request, struct error *error);
int handle_purchase(struct request *request, struct error *error);
int handle_purchase_bulk(struct request *request, struct error *error);
int handle_renew(struct request *request, struct error *error);
int handle_renew_bulk(struct request *request, struct error *error);
int handle_batch(struct request *request, struct error *error);
int handle_receipt(struct request *request, struct error *error);
int handle_vps_list(struct request *request, struct error *error);
int handle_vps(struct request *request, struct error *error);
int handle_vps_status(struct request *request, struct error *error);
int handle_credentials(struct request *request, struct error *error);
int handle_console(struct request *request, struct error *error);
int handle_deposit_open(struct request *request, struct error *error);
int handle_deposit(struct request *request, struct error *error);
int handle_callback(struct request *request, struct error *error);
int handle_admin_deposit_complete(struct request *request, struct error *error);
int handle_admin_deposit_fail(struct request *request, struct error *error);
int handle_power(struct request *request, struct error *error);
int handle_reinstall(struct request *request, struct error *error);
int handle_password(struct request *request, struct error *error);
int handle_vps_delete(struct request *request, struct error *error);
int handle_webhook_list(struct request *request, struct error *error);
int handle_webhook_create(struct request *request, struct error *error);
int handle_webhook(struct request *request, struct error *error);
int handle_webhook_delete(struct request *request, struct error *error);
int handle_webhook_deliveries(struct request *request, struct error *error);
int handle_webhook_test(struct request *request, struct error *error);
int handle_webhook_rotate(struct request *request, struct error *error);
int handle_webhook_redeliver(struct request *request, struct error *error);
int handle_notification(struct request *request, struct error *error);
int handle_notification_put(struct request *request, struct error *error);
int handle_admin_balance(struct request *request, struct error *error);
int handle_admin_ban(struct request *request, struct error *error);
int handle_admin_user_list(struct request *request, struct error *error);
int handle_admin_user_create(struct request *request, struct error *error);
int handle_admin_key_list(struct request *request, struct error *error);
int handle_admin_key_create(struct request *request, struct error *error);
int handle_admin_key_revoke(struct request *request, struct error *error);
int handle_admin_audit(struct request *request, struct error *error);
int handle_admin_log(struct request *request, struct error *error);
int handle_openapi(struct request *request, struct error *error);
int handle_docs(struct request *request, struct error *error);
int handle_docs_errors(struct request *request, struct error *error);
