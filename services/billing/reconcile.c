#include "services/billing/reconcile.h"

#include "lib/base/clock.h"
#include "lib/kafka/producer.h"
#include "services/billing/drift_store.h"
#include "services/billing/sweep_command.h"

#include <inttypes.h>
#include <stdio.h>

enum { PRODUCER_LIMIT = 10000, FLUSH_MS = 5000, PATIENCE_MS = 20000, LOOK_MS = 100 };

static int ask(struct pg *pg, const char *brokers, int64_t asked_at_us, struct error *error)
{
    const struct kafka_producer_options options = {.brokers = brokers,
                                                   .client_id = "slipway-billing-tool",
                                                   .message_timeout_ms = FLUSH_MS,
                                                   .queue_limit = PRODUCER_LIMIT};
    struct kafka_producer *producer = NULL;
    int result = kafka_producer_new(&options, &producer, error);

    if (result != 0)
        return result;
    result = sweep_command_ask(pg, producer, asked_at_us, error);
    kafka_producer_free(producer, FLUSH_MS);
    return result > 0 ? error_set(error, FAULT_HARD, "there are too many nodes to ask") : result;
}

static int await_answers(struct pg *pg, int64_t asked_at_us, struct error *error)
{
    const int64_t deadline_ms = clock_monotonic_ms() + PATIENCE_MS;
    int64_t unanswered = 0;
    int result = drift_store_count_unanswered(pg, asked_at_us, &unanswered, error);

    while (result == 0 && unanswered > 0 && clock_monotonic_ms() < deadline_ms) {
        clock_sleep_ms(LOOK_MS);
        result = drift_store_count_unanswered(pg, asked_at_us, &unanswered, error);
    }
    if (result == 0 && unanswered > 0)
        (void)fprintf(stderr, "%" PRId64 " nodes have not answered\n", unanswered);
    return result;
}

/* Kinds, names of nodes and uuids need no escapes: the schema, the inventory's reader and libvirt
 * see to that. */
static void print(const struct pg_rows *rows)
{
    char found_at[CLOCK_TEXT_SIZE];

    for (int row = 0; row < pg_rows_count(rows); ++row)
        (void)printf("{\"kind\":\"%s\",\"node\":\"%s\",\"vps_id\":%" PRId64
                     ",\"machine_uuid\":\"%s\",\"found_at\":\"%s\",\"repair\":%s}\n",
                     pg_rows_text(rows, row, 0), pg_rows_text(rows, row, 1),
                     pg_rows_i64(rows, row, 2), pg_rows_text(rows, row, 3),
                     clock_format(pg_rows_time_us(rows, row, 4), found_at),
                     pg_rows_is_null(rows, row, 5) ? "false" : "true");
}

int reconcile(struct pg *pg, const char *brokers, bool repairs, int64_t *ret_found,
              struct error *error)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    const int64_t now_us = clock_now_us(NULL);
    int result = 0;

    if (brokers[0] != '\0')
        result = ask(pg, brokers, now_us, error);
    if (result == 0 && brokers[0] != '\0')
        result = await_answers(pg, now_us, error);
    if (result == 0 && repairs)
        result = drift_store_ask_repair(pg, now_us, error);
    if (result == 0)
        result = drift_store_list(pg, &rows, error);
    if (result != 0)
        return result;
    print(rows);
    *ret_found = pg_rows_count(rows);
    return 0;
}
