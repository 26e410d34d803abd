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

/* May be run again. */
MUST_CHECK int intake_store_write(struct pg *pg, const struct intake_batch *batch, int64_t now_us,
                                  struct error *error);
/* The same inside a transaction, to be taken there. */
MUST_CHECK int intake_store_queue(struct pg *pg, const struct intake_batch *batch, int64_t now_us,
                                  struct error *error);
