#include "services/notifier/notice_store.h"

static const struct pg_statement find_preferences = {
    "notice_find_preferences",
    "SELECT user_id, email, language, coalesce(telegram_id, 0),"
    " array_to_string(email_notices, ' ') || ' ', array_to_string(telegram_notices, ' ') || ' '"
    " FROM notifier.preferences WHERE user_id = $1"};

static const struct pg_statement put_preferences = {
    "notice_put_preferences",
    "INSERT INTO notifier.preferences (user_id, email, language, telegram_id, email_notices,"
    " telegram_notices, updated_at)"
    " VALUES ($1, $2, $3, nullif($4::bigint, 0), string_to_array(rtrim($5), ' '),"
    " string_to_array(rtrim($6), ' '), $7)"
    " ON CONFLICT (user_id) DO UPDATE SET email = excluded.email, language = excluded.language,"
    " telegram_id = excluded.telegram_id, email_notices = excluded.email_notices,"
    " telegram_notices = excluded.telegram_notices, updated_at = excluded.updated_at"};

/* Whoever had it is dead, and may have sent it. */
static const struct pg_statement give_up_lost = {
    "notice_give_up_lost",
    "UPDATE notifier.notices SET status = 'uncertain', leased_until = NULL, settled_at = $2,"
    " last_error = 'its sender died' WHERE channel = $1 AND status = 'sending'"
    " AND leased_until < $2"};

static const struct pg_statement give_up_late = {
    "notice_give_up_late", "UPDATE notifier.notices SET status = 'failed', settled_at = $2,"
                           " last_error = coalesce(last_error, 'too late to be told')"
                           " WHERE channel = $1 AND status = 'pending' AND created_at < $3"};

static const struct pg_statement claim_next = {
    "notice_claim",
    "UPDATE notifier.notices n SET status = 'sending', attempts = n.attempts + 1,"
    " leased_until = $3 FROM notifier.events v, (SELECT d.id, p.email, p.language,"
    "   coalesce(p.telegram_id, t.telegram_id, 0) AS telegram_id,"
    "   p.telegram_id IS NULL AND (t.asked_at IS NULL OR t.asked_at < $2 - interval '1 hour')"
    "    AS is_unknown"
    "  FROM notifier.notices d LEFT JOIN notifier.preferences p ON p.user_id = d.user_id"
    "  LEFT JOIN notifier.contacts t ON t.user_id = d.user_id"
    "  WHERE d.channel = $1 AND d.status = 'pending' AND d.next_at <= $2"
    "  ORDER BY d.next_at, d.id LIMIT 1 FOR UPDATE OF d SKIP LOCKED) c"
    " WHERE n.id = c.id AND v.id = n.event_id"
    " RETURNING n.id, n.notice, coalesce(c.language, 'en'), v.body, coalesce(c.email, ''),"
    " c.telegram_id, n.attempts,"
    " (SELECT count(*) FROM notifier.notices s WHERE s.user_id = n.user_id"
    "  AND s.channel = n.channel AND s.status IN ('sent', 'uncertain')"
    "  AND s.settled_at > $2 - interval '1 day') >= $4, n.user_id, c.is_unknown"};

static const struct pg_statement put_contact = {
    "notice_put_contact", "INSERT INTO notifier.contacts (user_id, telegram_id, asked_at)"
                          " VALUES ($1, nullif($2::bigint, 0), $3) ON CONFLICT (user_id) DO UPDATE"
                          " SET telegram_id = excluded.telegram_id, asked_at = excluded.asked_at"};

static const struct pg_statement settle = {
    "notice_settle",
    "UPDATE notifier.notices SET status = $2::notifier.notice_status, leased_until = NULL,"
    " next_at = $3, last_error = nullif($4, ''),"
    " settled_at = CASE WHEN $2 = 'pending' THEN NULL ELSE $5 END"
    " WHERE id = $1 AND status = 'sending'"};

int notice_store_find_preferences(struct pg *pg, int64_t user_id, struct pg_rows **ret_rows,
                                  struct error *error)
{
    struct pg_args args = {0};

    pg_args_i64(&args, user_id);
    return pg_execute(pg, &find_preferences, &args, ret_rows, error);
}

void notice_store_preferences_row(const struct pg_rows *rows, struct preferences_row *ret_row)
{
    ret_row->user_id = pg_rows_i64(rows, 0, 0);
    ret_row->email = pg_rows_is_null(rows, 0, 1) ? NULL : pg_rows_text(rows, 0, 1);
    ret_row->language = pg_rows_text(rows, 0, 2);
    ret_row->telegram_id = pg_rows_i64(rows, 0, 3);
    ret_row->email_notices = pg_rows_text(rows, 0, 4);
    ret_row->telegram_notices = pg_rows_text(rows, 0, 5);
}

int notice_store_put_preferences(struct pg *pg, const struct preferences_row *row, int64_t now_us,
                                 struct error *error)
{
    struct pg_args args = {0};

    pg_args_i64(&args, row->user_id);
    pg_args_text(&args, row->email);
    pg_args_text(&args, row->language);
    pg_args_i64(&args, row->telegram_id);
    pg_args_text(&args, row->email_notices);
    pg_args_text(&args, row->telegram_notices);
    pg_args_time(&args, now_us);
    return pg_execute(pg, &put_preferences, &args, NULL, error);
}

int notice_store_put_contact(struct pg *pg, int64_t user_id, int64_t telegram_id, int64_t now_us,
                             struct error *error)
{
    struct pg_args args = {0};

    pg_args_i64(&args, user_id);
    pg_args_i64(&args, telegram_id);
    pg_args_time(&args, now_us);
    return pg_execute(pg, &put_contact, &args, NULL, error);
}

int notice_store_claim(struct pg *pg, const struct notice_claim *claim, struct pg_rows **ret_rows,
                       struct error *error)
{
    struct pg_args lost = {0}, late = {0}, next = {0};
    int result;

    pg_args_text(&lost, claim->channel);
    pg_args_time(&lost, claim->now_us);
    late = lost;
    pg_args_time(&late, claim->not_before_us);
    pg_args_text(&next, claim->channel);
    pg_args_time(&next, claim->now_us);
    pg_args_time(&next, claim->lease_us);
    pg_args_i64(&next, claim->daily_limit);
    result = pg_execute(pg, &give_up_lost, &lost, NULL, error);
    if (result == 0)
        result = pg_execute(pg, &give_up_late, &late, NULL, error);
    return result == 0 ? pg_execute(pg, &claim_next, &next, ret_rows, error) : result;
}

void notice_store_row(const struct pg_rows *rows, struct notice *ret_notice)
{
    ret_notice->id = pg_rows_i64(rows, 0, 0);
    ret_notice->notice = pg_rows_text(rows, 0, 1);
    ret_notice->language = pg_rows_text(rows, 0, 2);
    ret_notice->body = pg_rows_text(rows, 0, 3);
    ret_notice->email = pg_rows_text(rows, 0, 4);
    ret_notice->telegram_id = pg_rows_i64(rows, 0, 5);
    ret_notice->attempts = (int32_t)pg_rows_i64(rows, 0, 6);
    ret_notice->is_too_many = pg_rows_bool(rows, 0, 7);
    ret_notice->user_id = pg_rows_i64(rows, 0, 8);
    ret_notice->is_chat_unknown = pg_rows_bool(rows, 0, 9);
}

int notice_store_settle(struct pg *pg, int64_t id, const struct notice_outcome *outcome,
                        int64_t now_us, struct error *error)
{
    static const char *const statuses[] = {[NOTICE_SENT] = "sent",
                                           [NOTICE_RETRIED] = "pending",
                                           [NOTICE_FAILED] = "failed",
                                           [NOTICE_UNCERTAIN] = "uncertain"};
    struct pg_args args = {0};

    pg_args_i64(&args, id);
    pg_args_text(&args, statuses[outcome->fate]);
    pg_args_time(&args, outcome->fate == NOTICE_RETRIED ? outcome->next_us : now_us);
    pg_args_text(&args, outcome->error);
    pg_args_time(&args, now_us);
    return pg_execute(pg, &settle, &args, NULL, error);
}
