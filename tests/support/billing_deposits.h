/* Deposits on a test's writer, step by step, as the invoicer, the callbacks and the poller take
 * them.
 */
#pragma once

#include "services/billing/invoicer.h"
#include "tests/support/billing_writer.h"

struct billing_opened {
    struct billing_reply reply;
    /* The provider is to be asked; the reply is none then. */
    bool has_order;
    struct deposit_order order;
};

/* OpenDeposit by the user itself at "cryptobot"; the fingerprint is the amount. */
struct billing_opened billing_open(struct billing_writer *writer, uint64_t user_id, const char *key,
                                   int64_t amount_cents);

/* The same through an invoicer, which asks the provider. */
struct billing_reply billing_deposit(struct invoicer *invoicer, uint64_t user_id, const char *key,
                                     int64_t amount_cents);

/* In two halves; what the first returns is freed by the second. */
struct billing_waiting;
struct billing_waiting *billing_deposit_begin(struct invoicer *invoicer, uint64_t user_id,
                                              const char *key, int64_t amount_cents);
struct billing_reply billing_deposit_end(struct billing_waiting *waiting);

/* RecordInvoice: the invoice `external_id`, open; or why there is none. */
struct billing_reply billing_record(struct billing_writer *writer,
                                    const struct deposit_order *order, const char *external_id);
struct billing_reply billing_record_failure(struct billing_writer *writer,
                                            const struct deposit_order *order,
                                            Slipway__V1__InvoiceFailure failure);

/* SettleDeposit. Thread-safe. */
struct billing_reply billing_settle(struct billing_writer *writer,
                                    const struct deposit_order *order, enum provider_state state,
                                    int64_t paid_cents);

/* MarkDeposit by an operator. Thread-safe. */
struct billing_reply billing_mark(struct billing_writer *writer, int64_t deposit_id,
                                  bool completed);

/* An open invoice for a new deposit of the user; its external id is made of the key. Returns what
 * the provider was asked. */
struct deposit_order billing_pending(struct billing_writer *writer, uint64_t user_id,
                                     const char *key, int64_t amount_cents);
