/* Commands and questions that billing gives itself, made to be handed to writer_submit_own() and
 * reader_submit(). */
#pragma once

#include "services/billing/deposit.h"

#include "proto/billing.pb-c.h"

/* All NULL: no memory. Freed by the writer, or with slipway__v1__command__free_unpacked(). */

/* RecordInvoice, under the key of the request that opened the deposit. `invoice` NULL: there is
 * none, and `failure` says why. */
Slipway__V1__Command *own_command_record(const struct deposit_order *order,
                                         const struct provider_invoice *invoice,
                                         Slipway__V1__InvoiceFailure failure,
                                         const char *request_id, const char *traceparent);

/* GetDeposit, whosever it is: the invoice's, or the one whose reference it carries while that has
 * none. */
Slipway__V1__Query *own_query_deposit(const char *provider, const struct provider_invoice *invoice,
                                      const char *request_id);

/* SettleDeposit. */
Slipway__V1__Command *own_command_settle(const struct deposit_order *order,
                                         const struct provider_invoice *invoice,
                                         const char *request_id, const char *traceparent);
