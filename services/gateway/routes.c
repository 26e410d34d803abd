#include "services/gateway/endpoint.h"
#include "services/gateway/handlers.h"

#include <string.h>

#define LIST "limit cursor "

/* clang-format off */
static const struct endpoint endpoints[] = {
    {{"GET",    API_BASE "/users/me"},                      SCOPE_VPS_READ, 0,
     "user_id ",                                            handle_user_me},
    {{"GET",    API_BASE "/users/{user_id}/balance"},       SCOPE_VPS_READ, 0,
     "",                                                    handle_user_balance},
    {{"GET",    API_BASE "/transactions"},                  SCOPE_VPS_READ, 0,
     LIST "user_id type status from to ",                   handle_transaction_list},
    {{"GET",    API_BASE "/referrals"},                     SCOPE_VPS_READ, 0,
     "user_id ",                                            handle_referrals},

    {{"GET",    API_BASE "/vps/catalog"},                   SCOPE_VPS_READ, 0,
     "",                                                    handle_catalog},
    {{"POST",   API_BASE "/vps/quote"},                     SCOPE_VPS_READ, ENDPOINT_BODY,
     "",                                                    handle_quote},
    {{"POST",   API_BASE "/vps"},                           SCOPE_VPS_BUY,  ENDPOINT_MONEY | ENDPOINT_BODY,
     "user_id ",                                            handle_purchase},
    {{"POST",   API_BASE "/vps/buy:bulk"},                  SCOPE_VPS_BUY,  ENDPOINT_MONEY | ENDPOINT_BODY,
     "user_id ",                                            handle_purchase_bulk},
    {{"POST",   API_BASE "/vps/{vps_id}/renew"},            SCOPE_VPS_BUY,  ENDPOINT_MONEY | ENDPOINT_BODY,
     "user_id ",                                            handle_renew},
    {{"POST",   API_BASE "/vps/renew:bulk"},                SCOPE_VPS_BUY,  ENDPOINT_MONEY | ENDPOINT_BODY,
     "user_id ",                                            handle_renew_bulk},
    {{"GET",    API_BASE "/batches/{batch_id}"},            SCOPE_VPS_READ, ENDPOINT_STREAM,
     "",                                                    handle_batch},
    {{"GET",    API_BASE "/batches/{batch_id}/receipt"},    SCOPE_VPS_READ, 0,
     "",                                                    handle_receipt},

    {{"GET",    API_BASE "/vps"},                           SCOPE_VPS_READ, 0,
     LIST "user_id status location_code ",                  handle_vps_list},
    {{"GET",    API_BASE "/vps/{vps_id}"},                  SCOPE_VPS_READ, 0,
     "",                                                    handle_vps},
    {{"POST",   API_BASE "/vps/status:bulk"},               SCOPE_VPS_READ, ENDPOINT_BODY,
     "",                                                    handle_vps_status},
    {{"GET",    API_BASE "/vps/{vps_id}/credentials"},      SCOPE_VPS_READ, 0,
     "",                                                    handle_credentials},
    {{"GET",    API_BASE "/vps/{vps_id}/console"},          SCOPE_VPS_READ, 0,
     "",                                                    handle_console},
    {{"POST",   API_BASE "/vps/{vps_id}/power/{action}"},   SCOPE_VPS_WRITE, 0,
     "",                                                    handle_power},
    {{"POST",   API_BASE "/vps/{vps_id}/reinstall"},        SCOPE_VPS_WRITE, ENDPOINT_BODY,
     "",                                                    handle_reinstall},
    {{"POST",   API_BASE "/vps/{vps_id}/password"},         SCOPE_VPS_WRITE, 0,
     "",                                                    handle_password},
    {{"DELETE", API_BASE "/vps/{vps_id}"},                  SCOPE_VPS_WRITE, 0,
     "",                                                    handle_vps_delete},

    {{"POST",   API_BASE "/deposits"},                      SCOPE_DEPOSITS_WRITE,
     ENDPOINT_MONEY | ENDPOINT_BODY,
     "user_id ",                                            handle_deposit_open},
    {{"GET",    API_BASE "/deposits/{provider}/{external_id}"}, SCOPE_VPS_READ, 0,
     "",                                                    handle_deposit},
    {{"POST",   API_BASE "/callbacks/{provider}"},          SCOPE_NONE,     ENDPOINT_OPEN | ENDPOINT_RAW,
     "",                                                    handle_callback},

    {{"GET",    API_BASE "/webhooks"},                      SCOPE_VPS_READ, 0,
     LIST "user_id ",                                       handle_webhook_list},
    {{"POST",   API_BASE "/webhooks"},                      SCOPE_VPS_WRITE, ENDPOINT_BODY,
     "user_id ",                                            handle_webhook_create},
    {{"GET",    API_BASE "/webhooks/{webhook_id}"},         SCOPE_VPS_READ, 0,
     "user_id ",                                            handle_webhook},
    {{"DELETE", API_BASE "/webhooks/{webhook_id}"},         SCOPE_VPS_WRITE, 0,
     "user_id ",                                            handle_webhook_delete},
    {{"GET",    API_BASE "/webhooks/{webhook_id}/deliveries"}, SCOPE_VPS_READ, 0,
     LIST "user_id ",                                       handle_webhook_deliveries},
    {{"POST",   API_BASE "/webhooks/{webhook_id}/test"},    SCOPE_VPS_WRITE, 0,
     "user_id ",                                            handle_webhook_test},
    {{"POST",   API_BASE "/webhooks/{webhook_id}/rotate-secret"}, SCOPE_VPS_WRITE, 0,
     "user_id ",                                            handle_webhook_rotate},
    {{"POST",   API_BASE "/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver"},
     SCOPE_VPS_WRITE, 0,
     "user_id ",                                            handle_webhook_redeliver},
    {{"GET",    API_BASE "/notifications"},                 SCOPE_VPS_READ, 0,
     "user_id ",                                            handle_notification},
    {{"PUT",    API_BASE "/notifications"},                 SCOPE_VPS_WRITE, ENDPOINT_BODY,
     "user_id ",                                            handle_notification_put},

    {{"POST",   API_BASE "/admin/deposits/{tx}/mark-completed"}, SCOPE_ADMIN, ENDPOINT_OPERATOR,
     "",                                                    handle_admin_deposit_complete},
    {{"POST",   API_BASE "/admin/deposits/{tx}/mark-failed"}, SCOPE_ADMIN,  ENDPOINT_OPERATOR,
     "",                                                    handle_admin_deposit_fail},
    {{"POST",   API_BASE "/admin/users/{user_id}/balance"}, SCOPE_ADMIN,
     ENDPOINT_OPERATOR | ENDPOINT_MONEY | ENDPOINT_BODY,
     "",                                                    handle_admin_balance},
    {{"POST",   API_BASE "/admin/users/{user_id}/ban"},     SCOPE_ADMIN,    ENDPOINT_OPERATOR | ENDPOINT_BODY,
     "",                                                    handle_admin_ban},
    {{"GET",    API_BASE "/admin/users"},                   SCOPE_ADMIN,    ENDPOINT_OPERATOR,
     LIST,                                                  handle_admin_user_list},
    {{"POST",   API_BASE "/admin/users"},                   SCOPE_ADMIN,    ENDPOINT_OPERATOR | ENDPOINT_BODY,
     "",                                                    handle_admin_user_create},
    {{"GET",    API_BASE "/admin/keys"},                    SCOPE_ADMIN,    ENDPOINT_OPERATOR,
     LIST "user_id ",                                       handle_admin_key_list},
    {{"POST",   API_BASE "/admin/keys"},                    SCOPE_ADMIN,    ENDPOINT_OPERATOR | ENDPOINT_BODY,
     "",                                                    handle_admin_key_create},
    {{"DELETE", API_BASE "/admin/keys/{key_id}"},           SCOPE_ADMIN,    ENDPOINT_OPERATOR,
     "",                                                    handle_admin_key_revoke},
    {{"GET",    API_BASE "/admin/audit"},                   SCOPE_ADMIN,    ENDPOINT_OPERATOR,
     "",                                                    handle_admin_audit},
    {{"GET",    API_BASE "/admin/log"},                     SCOPE_ADMIN,    ENDPOINT_OPERATOR,
     LIST "action user_id key_id from to ",                 handle_admin_log},

    {{"GET",    API_BASE "/openapi.json"},                  SCOPE_NONE,     ENDPOINT_OPEN,
     "",                                                    handle_openapi},
    {{"GET",    API_BASE "/docs"},                          SCOPE_NONE,     ENDPOINT_OPEN | ENDPOINT_PAGE,
     "",                                                    handle_docs},
    {{"GET",    API_BASE "/docs/errors"},                   SCOPE_NONE,     ENDPOINT_OPEN | ENDPOINT_PAGE,
     "",                                                    handle_docs_errors},
};
/* clang-format on */

const struct endpoint *endpoint_table(size_t *ret_count)
{
    *ret_count = ARRAY_LENGTH(endpoints);
    return endpoints;
}

bool endpoint_writes(const struct endpoint *endpoint)
{
    return strcmp(endpoint->route.method, "GET") != 0 && endpoint->scope != SCOPE_VPS_READ;
}
