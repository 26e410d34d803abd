#include "slipctl/batch_follow.h"

#include "slipctl/base_url.h"
#include "slipctl/call.h"
#include "slipctl/event_stream.h"
#include "slipctl/progress.h"

#include "lib/base/clock.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    /* A server that does not stream is asked to hold its answer so long … */
    HOLD_S = 20,
    /* … and one that does not hold it either is asked this often. */
    PAUSE_MS = 1000,
    STREAMS_BROKEN_MAX = 3,
};

struct follower {
    struct session *session;
    struct progress progress;
    struct buffer path;
    int64_t deadline_ms;
    /* The last one that was a batch, as it came. */
    struct answer *answer;
    struct batch_state state;
    bool has_ended;
};

static void follower_deinit(struct follower *follower)
{
    progress_finish(&follower->progress);
    progress_deinit(&follower->progress);
    buffer_deinit(&follower->path);
}

/* True: it is no batch. */
static bool take_state(struct follower *follower, const json_t *batch)
{
    if (batch_state_read(batch, &follower->state))
        return true;
    progress_show(&follower->progress, &follower->state);
    follower->has_ended = batch_state_has_ended(&follower->state);
    return false;
}

/* An event that is no batch is no reason to stop listening. */
static bool take_event(void *context, const char *data)
{
    struct follower *follower = context;
    json_t *batch = json_loads(data, JSON_REJECT_DUPLICATES, NULL);

    if (!take_state(follower, batch)) {
        answer_reset(follower->answer);
        buffer_append_text(&follower->answer->body, data);
    }
    json_decref(batch);
    return !follower->has_ended;
}

static bool take_bytes(void *context, const char *data, size_t length)
{
    return event_stream_feed(context, data, length);
}

/* Streams last for minutes, so one that ends early is begun anew; servers and proxies that can't
 * stream are left to polling. */
static void follow_streams(struct follower *follower)
{
    const struct call call = {
        .method = "GET",
        .path = follower->path.data,
        .header = "Accept: text/event-stream",
        .deadline_ms = follower->deadline_ms,
    };
    struct error ignored;

    for (int broken = 0; broken < STREAMS_BROKEN_MAX && !follower->has_ended &&
                         clock_monotonic_ms() < follower->deadline_ms;
         ++broken) {
        CLEANUP(answer_deinit) struct answer answer;
        CLEANUP(event_stream_deinit) struct event_stream stream;
        const struct batch_state before = follower->state;

        answer_init(&answer);
        event_stream_init(&stream, take_event, follower);
        if (call_stream(follower->session, &call, take_bytes, &stream, &answer, &ignored) == 0 &&
            answer.body.length > 0)
            return;
        if (follower->state.percent > before.percent)
            broken = -1;
    }
}

/* 0: one more state was seen. */
static int poll_once(struct follower *follower, struct error *error)
{
    const struct call call = {
        .method = "GET",
        .path = follower->path.data,
        .header = "Prefer: wait=20",
        .hold_s = HOLD_S,
        .deadline_ms = follower->deadline_ms,
    };
    json_t *batch;
    bool is_broken;
    const int result = call_send(follower->session, &call, follower->answer, error);

    if (result != 0)
        return result;
    batch = answer_json(follower->answer);
    is_broken = take_state(follower, batch);
    json_decref(batch);
    return is_broken ? outcome_set(error, OUTCOME_REFUSED, "The server's answer is no batch.") : 0;
}

static int follow_polling(struct follower *follower, struct error *error)
{
    int result = 0;

    while (result == 0 && !follower->has_ended) {
        const int64_t asked_ms = clock_monotonic_ms();
        int64_t took_ms;

        result = poll_once(follower, error);
        took_ms = clock_monotonic_ms() - asked_ms;
        if (result != 0 || follower->has_ended)
            break;
        if (asked_ms + took_ms + PAUSE_MS >= follower->deadline_ms)
            return outcome_set(error, OUTCOME_UNREACHABLE, "It is not done yet.");
        if (took_ms < PAUSE_MS)
            clock_sleep_ms(PAUSE_MS - took_ms);
    }
    return result;
}

int batch_follow(struct session *session, const char *batch_id, struct answer *ret_answer,
                 struct batch_state *ret_state, struct error *error)
{
    CLEANUP(follower_deinit)
    struct follower follower = {
        .session = session,
        .deadline_ms = call_deadline_ms(session, WAIT_TIMEOUT_MS),
        .answer = ret_answer,
    };
    int result = 0;

    progress_init(&follower.progress, &session->terminal);
    buffer_append_text(&follower.path, "/batches/");
    base_url_append_encoded(&follower.path, batch_id);
    if (follower.path.overflown)
        return outcome_set(error, OUTCOME_REFUSED, "There is no memory left.");
    follow_streams(&follower);
    if (!follower.has_ended)
        result = follow_polling(&follower, error);
    *ret_state = follower.state;
    progress_finish(&follower.progress);
    if (result == OUTCOME_UNREACHABLE)
        terminal_say(&session->terminal, "%s goes on; follow it with: slipctl batch %s --wait",
                     batch_id, batch_id);
    return result;
}

int batch_follow_and_print(struct session *session, const char *batch_id,
                           const struct view *const *views, struct error *error)
{
    CLEANUP(answer_deinit) struct answer answer;
    struct batch_state state = {0};
    int result;

    answer_init(&answer);
    result = batch_follow(session, batch_id, &answer, &state, error);
    if (result == 0)
        result = session_print_answer(session, &answer, views, error);
    if (result == 0 && !batch_state_is_completed(&state))
        result = outcome_set(error, OUTCOME_REFUSED, "%s has failed: %" PRId64 " of %" PRId64 ".",
                             state.batch_id, state.failed, state.total);
    return result;
}
