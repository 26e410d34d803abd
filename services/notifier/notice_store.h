/* Preferences, and the notices that came of them, in PostgreSQL. */
#pragma once

#include "lib/pg/pg.h"

#include <stdbool.h>
#include <stdint.h>

struct preferences_row {
    int64_t user_id;
    /* NULL: none. */
    const char *email;
    const char *language;
    /* 0: the user's own. */
    int64_t telegram_id;
    /* Names, each followed by a space. */
    const char *email_notices, *telegram_notices;
};

/* *ret_rows has one row, or none. */
MUST_CHECK int notice_store_find_preferences(struct pg *pg, int64_t user_id,
                                             struct pg_rows **ret_rows, struct error *error);
/* Borrowed from the rows. */
void notice_store_preferences_row(const struct pg_rows *rows, struct preferences_row *ret_row);
MUST_CHECK int notice_store_put_preferences(struct pg *pg, const struct preferences_row *row,
                                            int64_t now_us, struct error *error);

/* Which chat billing knows of a user; 0: none. */
MUST_CHECK int notice_store_put_contact(struct pg *pg, int64_t user_id, int64_t telegram_id,
                                        int64_t now_us, struct error *error);

struct notice_claim {
    /* "email", "telegram" */
    const char *channel;
    int64_t now_us, lease_us;
    /* Older ones are too late to be told. */
    int64_t not_before_us;
    /* Of one user in 24 hours; past it they fail. */
    int64_t daily_limit;
};

/* Takes the next notice of the channel: from here until it is settled it is "sending", and if its
 * sender dies it ends as "uncertain" and is never sent again. *ret_rows has one row, or none. */
MUST_CHECK int notice_store_claim(struct pg *pg, const struct notice_claim *claim,
                                  struct pg_rows **ret_rows, struct error *error);

/* Borrowed from the rows. */
struct notice {
    int64_t id;
    const char *notice, *language, *body;
    /* Where it goes: "" and 0 when there is no such place, or not any more. */
    const char *email;
    int64_t telegram_id;
    int64_t user_id;
    /* Nothing was chosen, and billing was not asked lately. */
    bool is_chat_unknown;
    int32_t attempts;
    /* The user has had as many as may be. */
    bool is_too_many;
};

void notice_store_row(const struct pg_rows *rows, struct notice *ret_notice);

enum notice_fate {
    NOTICE_SENT,
    /* Surely not accepted: again at next_us. */
    NOTICE_RETRIED,
    NOTICE_FAILED,
    /* Perhaps accepted. */
    NOTICE_UNCERTAIN,
};

struct notice_outcome {
    enum notice_fate fate;
    int64_t next_us;
    char error[160];
};

MUST_CHECK int notice_store_settle(struct pg *pg, int64_t id, const struct notice_outcome *outcome,
                                   int64_t now_us, struct error *error);
