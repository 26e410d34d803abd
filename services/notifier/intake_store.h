/* Events into PostgreSQL, with what is to be told of each: a delivery for every endpoint that
 * listens, a notice for every channel that the user wants it by. All of it in one statement; an
 * event that came before changes nothing. */
#pragma once

#include "lib/pg/pg.h"
#include "services/notifier/notice.h"

#include <stdbool.h>
#include <stdint.h>

/* By which channels notices are sent here at all. */
struct notice_channels {
    bool email, telegram;
};

struct intake_batch;

/* NULL: no memory. */
struct intake_batch *intake_batch_new(const struct notice_channels *channels);
void intake_batch_free(struct intake_batch *batch);
DEFINE_CLEANUP(struct intake_batch *, intake_batch_free)

/* `body` is what event_render() made of the event; all is copied. */
void intake_batch_add(struct intake_batch *batch, const struct event *event, const char *body);

/* What of a batch is leased while it is written, so that no claim is needed for it. */
struct intake_lease {
    /* In all; 0: nothing is. */
    int64_t room;
    /* On their way at once to one endpoint; one that fails has one. */
    int64_t endpoint_limit;
    int64_t until_us;
};

/* *ret_rows: every new delivery, oldest first, as delivery_store_row() reads them; those with no
 * attempt are not leased and have no more than ids. May be run again: what a lost answer leased is
 * due again when the lease ends. */
MUST_CHECK int intake_store_write(struct pg *pg, const struct intake_batch *batch,
                                  const struct intake_lease *lease, int64_t now_us,
                                  struct pg_rows **ret_rows, struct error *error);
/* The same inside a transaction, to be taken there; nothing is leased. */
MUST_CHECK int intake_store_queue(struct pg *pg, const struct intake_batch *batch, int64_t now_us,
                                  struct error *error);
