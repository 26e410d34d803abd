/* What the tests of providers share. */
#pragma once

#include "services/billing/providers/provider.h"

/* For slipway-9002, 50.00 USD, an hour. */
extern const struct provider_order test_order;

/* A read_create or a read_find by an id, on one answer. */
struct answer_reader {
    const struct provider *provider;
    const struct provider_settings *settings;
    const struct provider_order *order;
    /* NULL: read_create. */
    const char *external_id;
};

int read_answer(const struct answer_reader *reader, unsigned status, const char *body,
                struct provider_invoice *ret_invoice, struct error *error);

/* Fails the test unless the answer reads with this result. Returns the invoice, zeroed when the
 * result is not 0. */
struct provider_invoice expect_answer(const struct answer_reader *reader, unsigned status,
                                      const char *body, int result);

/* A good answer cut anywhere is a fault, and leaves the invoice as it was. */
void expect_cuts_refused(const struct answer_reader *reader, unsigned status, const char *body);

/* A good answer with any member exchanged for something odd is refused, or makes an invoice that is
 * fit to be shown. */
void expect_odd_members_harmless(const struct answer_reader *reader, unsigned status,
                                 const char *body);

/* Statuses that say it all, and bodies that say nothing. */
void expect_common_refusals(const struct answer_reader *reader);

void assert_invoice_is_sane(const struct provider_invoice *invoice);

/* Fails unless the request is made of these; frees it. `headers` ends with NULL. */
void expect_request(struct provider_request *request, const char *method, const char *url,
                    const char *const *headers, const char *body);

/* A callback with one header, or none (NULL). */
struct test_callback {
    const char *name;
    const char *value;
    const char *body;
};

int read_callback(const struct provider *provider, const struct provider_settings *settings,
                  const struct test_callback *callback, struct provider_invoice *ret_invoice);
