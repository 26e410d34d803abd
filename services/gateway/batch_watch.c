#include "services/gateway/batch_watch.h"

#include "lib/base/clock.h"
#include "lib/base/condition.h"
#include "services/gateway/batch_watcher.h"
#include "services/gateway/gateway.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    /* Without a message the batch is read again after so long … */
    REREAD_MS = 1000,
    /* … and at most this often with messages. */
    REREAD_SHORTEST_MS = 20,
};

struct batch_watch {
    struct gateway *gateway;
    int64_t limit;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    pthread_t thread;
    bool closing;
    int64_t count;
    struct watcher *watchers;
};

static void wake(struct batch_watch *watch)
{
    (void)pthread_cond_signal(&watch->wake);
}

/* ---- what others tell ---- */

static void heard(void *context, const char *channel, const char *message, size_t length)
{
    struct watcher *watcher = context;

    (void)channel;
    (void)message;
    (void)length;
    (void)pthread_mutex_lock(&watcher->watch->mutex);
    watcher->changed = true;
    wake(watcher->watch);
    (void)pthread_mutex_unlock(&watcher->watch->mutex);
}

static void client_went(void *context)
{
    struct watcher *watcher = context;

    (void)pthread_mutex_lock(&watcher->watch->mutex);
    atomic_store(&watcher->gone, true);
    wake(watcher->watch);
    (void)pthread_mutex_unlock(&watcher->watch->mutex);
}

/* A read that failed is tried again a second later; meanwhile the last state stands. */
static void state_read(void *context, int outcome, const struct batch_snapshot *snapshot,
                       const struct error *error)
{
    struct watcher *watcher = context;
    struct batch_watch *watch = watcher->watch;

    (void)error;
    (void)pthread_mutex_lock(&watch->mutex);
    watcher->reading = false;
    if (outcome == 0) {
        watcher->snapshot = *snapshot;
        watcher->fresh = true;
    }
    wake(watch);
    (void)pthread_mutex_unlock(&watch->mutex);
}

/* ---- the thread's work; none of it under the lock ---- */

static void stop_reading(struct watcher *watcher, bool gone)
{
    struct batch_watch *watch = watcher->watch;

    (void)pthread_mutex_lock(&watch->mutex);
    watcher->reading = false;
    if (gone)
        atomic_store(&watcher->gone, true);
    wake(watch);
    (void)pthread_mutex_unlock(&watch->mutex);
}

/* A key that was revoked meanwhile sees no more. When it can't be looked up now, it is with the
 * next read. */
static void key_found(void *context, int outcome, struct key_record *record,
                      const struct error *error)
{
    struct watcher *watcher = context;

    (void)error;
    key_record_unref(record);
    if (outcome == KEY_CACHE_UNKNOWN)
        stop_reading(watcher, true);
    else if (batch_read(watcher->watch->gateway, &watcher->question, state_read, watcher, NULL) !=
             0)
        stop_reading(watcher, false);
}

static void start_read(struct watcher *watcher, int64_t now_ms)
{
    struct key_record *record = NULL;
    int outcome;

    watcher->read_at_ms = now_ms;
    outcome = key_cache_find(watcher->watch->gateway->keys, watcher->key_hash,
                             watcher->question.request_id, key_found, watcher, &record, NULL);
    if (outcome != KEY_CACHE_PENDING)
        key_found(watcher, outcome, record, NULL);
}

/* ---- the thread ---- */

enum step { STEP_NOTHING, STEP_SHOW, STEP_READ, STEP_FINISH };

/* Under the lock: what a watcher needs next; *ret_when_ms comes down to when it needs more. */
static enum step next_step(struct watcher *watcher, bool closing, int64_t now_ms,
                           int64_t *ret_when_ms)
{
    const int64_t pause_ms = watcher->changed ? REREAD_SHORTEST_MS : REREAD_MS;
    const int64_t read_ms = watcher->read_at_ms + pause_ms;

    if (watcher->reading)
        return STEP_NOTHING; /* its end wakes the thread */
    if (watcher->fresh && watcher->stream != NULL) {
        watcher->fresh = false;
        return STEP_SHOW;
    }
    if (closing || atomic_load(&watcher->gone) || now_ms >= watcher->deadline_ms ||
        batch_snapshot_has_ended(&watcher->snapshot))
        return STEP_FINISH;
    if (now_ms >= read_ms) {
        watcher->changed = false;
        watcher->reading = true;
        return STEP_READ;
    }
    if (read_ms < *ret_when_ms)
        *ret_when_ms = read_ms;
    if (watcher->deadline_ms < *ret_when_ms)
        *ret_when_ms = watcher->deadline_ms;
    return STEP_NOTHING;
}

/* Under the lock: takes the first watcher off the list that needs something. */
static struct watcher *take_busy(struct batch_watch *watch, enum step *ret_step,
                                 int64_t *ret_when_ms)
{
    const int64_t now_ms = clock_monotonic_ms();

    *ret_when_ms = now_ms + REREAD_MS;
    for (struct watcher **place = &watch->watchers; *place != NULL; place = &(*place)->next) {
        struct watcher *watcher = *place;

        *ret_step = next_step(watcher, watch->closing, now_ms, ret_when_ms);
        if (*ret_step == STEP_FINISH) {
            *place = watcher->next;
            --watch->count;
        }
        if (*ret_step != STEP_NOTHING)
            return watcher;
    }
    return NULL;
}

static void take_step(struct watcher *watcher, enum step step)
{
    const int64_t now_ms = clock_monotonic_ms();

    switch (step) {
    case STEP_SHOW: watcher_show(watcher, now_ms); break;
    case STEP_READ:
        if (watcher->stream != NULL)
            watcher_keep_alive(watcher, now_ms);
        start_read(watcher, now_ms);
        break;
    case STEP_FINISH: watcher_finish(watcher); break;
    case STEP_NOTHING: break;
    }
}

static void wait_until(struct batch_watch *watch, int64_t when_ms)
{
    const struct timespec when = condition_deadline_at(when_ms * 1000);

    (void)pthread_cond_timedwait(&watch->wake, &watch->mutex, &when);
}

static void *look_after(void *context)
{
    struct batch_watch *watch = context;
    enum step step = STEP_NOTHING;
    int64_t when_ms;

    (void)pthread_mutex_lock(&watch->mutex);
    while (!watch->closing || watch->watchers != NULL) {
        struct watcher *watcher = take_busy(watch, &step, &when_ms);

        if (watcher == NULL) {
            wait_until(watch, when_ms);
            continue;
        }
        (void)pthread_mutex_unlock(&watch->mutex);
        take_step(watcher, step);
        (void)pthread_mutex_lock(&watch->mutex);
    }
    (void)pthread_mutex_unlock(&watch->mutex);
    return NULL;
}

/* ---- the rest ---- */

int batch_watch_new(struct gateway *gateway, int64_t limit, struct batch_watch **ret_watch,
                    struct error *error)
{
    struct batch_watch *watch = calloc(1, sizeof(*watch));

    if (watch == NULL)
        return error_set(error, FAULT_HARD, "batch watch: no memory");
    watch->gateway = gateway;
    watch->limit = limit;
    (void)pthread_mutex_init(&watch->mutex, NULL);
    condition_init(&watch->wake);
    if (pthread_create(&watch->thread, NULL, look_after, watch) != 0) {
        free(watch);
        return error_set(error, FAULT_HARD, "batch watch: no thread");
    }
    *ret_watch = watch;
    return 0;
}

void batch_watch_close(struct batch_watch *watch)
{
    (void)pthread_mutex_lock(&watch->mutex);
    watch->closing = true;
    wake(watch);
    (void)pthread_mutex_unlock(&watch->mutex);
}

void batch_watch_free(struct batch_watch *watch)
{
    if (watch == NULL)
        return;
    batch_watch_close(watch);
    (void)pthread_join(watch->thread, NULL);
    (void)pthread_cond_destroy(&watch->wake);
    (void)pthread_mutex_destroy(&watch->mutex);
    free(watch);
}

static struct watcher *make_watcher(struct batch_watch *watch, struct request *request,
                                    const struct batch_snapshot *snapshot, int64_t life_ms)
{
    const char *key =
        api_key_from_authorization(http_exchange_header(request->exchange, "Authorization"));
    struct watcher *watcher = calloc(1, sizeof(*watcher));

    if (watcher == NULL || key == NULL) {
        free(watcher);
        return NULL;
    }
    api_key_hash(key, watcher->key_hash);
    watcher->watch = watch;
    watcher->snapshot = *snapshot;
    watcher->key = key_record_ref(request->key);
    watcher->question.key = watcher->key;
    memcpy(watcher->question.batch_id, snapshot->batch_id, sizeof(watcher->question.batch_id));
    memcpy(watcher->question.request_id, request_id_text(request),
           strlen(request_id_text(request)) + 1);
    watcher->sent_at_ms = clock_monotonic_ms();
    watcher->deadline_ms = watcher->sent_at_ms + life_ms;
    return watcher;
}

/* Counts it in. False: there is no room. */
static bool claim_place(struct batch_watch *watch)
{
    bool claimed;

    (void)pthread_mutex_lock(&watch->mutex);
    claimed = !watch->closing && watch->count < watch->limit;
    if (claimed)
        ++watch->count;
    (void)pthread_mutex_unlock(&watch->mutex);
    return claimed;
}

static void give_place_back(struct batch_watch *watch)
{
    (void)pthread_mutex_lock(&watch->mutex);
    --watch->count;
    (void)pthread_mutex_unlock(&watch->mutex);
}

static void put_on_list(struct batch_watch *watch, struct watcher *watcher)
{
    (void)pthread_mutex_lock(&watch->mutex);
    watcher->next = watch->watchers;
    watch->watchers = watcher;
    wake(watch);
    (void)pthread_mutex_unlock(&watch->mutex);
}

static int start_watcher(struct batch_watch *watch, struct request *request,
                         const struct batch_snapshot *snapshot, int64_t life_ms,
                         struct watcher **ret_watcher, struct error *error)
{
    char channel[BATCH_ID_SIZE + 9];
    struct watcher *watcher;
    int result;

    if (!claim_place(watch))
        return BATCH_WATCH_FULL;
    watcher = make_watcher(watch, request, snapshot, life_ms);
    batch_status_key(snapshot->batch_id, channel, sizeof(channel));
    result = watcher == NULL ? error_set(error, FAULT_RETRY, "batch watch: no memory")
                             : redis_subscribe(watch->gateway->subscriber, channel, heard, watcher,
                                               &watcher->subscription, error);
    if (result == 0) {
        *ret_watcher = watcher;
        return 0;
    }
    if (watcher != NULL)
        watcher_free(watcher);
    give_place_back(watch);
    return result;
}

int batch_watch_wait(struct batch_watch *watch, struct request *request,
                     const struct batch_snapshot *snapshot, int64_t wait_ms,
                     batch_watch_finish_fn finish, struct error *error)
{
    struct watcher *watcher = NULL;
    const int result = start_watcher(watch, request, snapshot, wait_ms, &watcher, error);

    if (result != 0)
        return result;
    watcher->request = request;
    watcher->finish = finish;
    put_on_list(watch, watcher);
    return 0;
}

int batch_watch_stream(struct batch_watch *watch, struct request *request,
                       const struct batch_snapshot *snapshot, int64_t life_ms, struct error *error)
{
    struct watcher *watcher = NULL;
    const int result = start_watcher(watch, request, snapshot, life_ms, &watcher, error);

    if (result != 0)
        return result;
    watcher->fresh = true;
    http_exchange_set_header(request->exchange, "Cache-Control", "no-store");
    watcher->stream =
        http_exchange_stream(request->exchange, "text/event-stream", client_went, watcher);
    if (watcher->stream != NULL) {
        put_on_list(watch, watcher);
        return 0;
    }
    watcher_free(watcher);
    give_place_back(watch);
    return 0;
}
