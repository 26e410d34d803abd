#include "slipctl/call.h"

#include "slipctl/retry.h"
#include "slipctl/signing.h"

#include "lib/base/clock.h"
#include "lib/base/encoding.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum {
    HEADER_SIZE = 320,
    HEADERS_MAX = 10,
    /* One attempt gets no more of the time than this, so that a lost answer leaves some for the
     * next. */
    ATTEMPT_LONGEST_MS = 20000,
    BACKOFF_FIRST_MS = 200,
    BACKOFF_LONGEST_MS = 5000,
};

/* The header lines of an attempt; they hold the key, so they are wiped. */
struct head {
    char authorization[HEADER_SIZE], idempotency[HEADER_SIZE];
    char timestamp[48], signature[SIGNING_HEADER_SIZE];
    const char *lines[HEADERS_MAX];
    size_t count;
};

static void head_wipe(struct head *head)
{
    sodium_memzero(head, sizeof(*head));
}

static void add_line(struct head *head, const char *line)
{
    head->lines[head->count++] = line;
}

/* Anew for each attempt, since it is good for minutes only. */
static void sign(struct head *head, const struct session *session, const struct call *call,
                 const char *target)
{
    const struct signed_parts parts = {
        .time_s = clock_now_us(NULL) / 1000000,
        .method = call->method,
        .target = target,
        .body = call->body != NULL ? call->body : "",
        .body_length = call->body != NULL ? strlen(call->body) : 0,
    };

    (void)snprintf(head->timestamp, sizeof(head->timestamp), "X-Timestamp: %" PRId64, parts.time_s);
    signing_make_header(session->settings.signing_secret.text, &parts, head->signature);
    add_line(head, head->timestamp);
    add_line(head, head->signature);
}

static void make_head(const struct session *session, const struct call *call, const char *target,
                      struct head *head)
{
    (void)snprintf(head->authorization, sizeof(head->authorization), "Authorization: Bearer %s",
                   session->settings.key.text);
    add_line(head, head->authorization);
    /* libcurl would call a body a form. */
    add_line(head, call->body != NULL ? "Content-Type: application/json" : "Content-Type:");
    if (call->header != NULL)
        add_line(head, call->header);
    if (call->idempotency_key != NULL) {
        (void)snprintf(head->idempotency, sizeof(head->idempotency), "Idempotency-Key: %s",
                       call->idempotency_key);
        add_line(head, head->idempotency);
    }
    if (session->settings.signing_secret.text[0] != '\0')
        sign(head, session, call, target);
}

static void tell(const struct session *session, const struct call *call, const char *target,
                 int outcome, const struct answer *answer, const struct error *error,
                 int64_t began_ms)
{
    const int64_t took_ms = clock_monotonic_ms() - began_ms;

    if (!session->settings.is_verbose)
        return;
    if (outcome != 0)
        terminal_say(&session->terminal, "%s %s: %s after %" PRId64 " ms", call->method, target,
                     error->text, took_ms);
    else
        terminal_say(&session->terminal, "%s %s: %u in %" PRId64 " ms, request %s", call->method,
                     target, answer->status, took_ms, answer->request_id);
}

/* One attempt: 0 or a fault. `wanted` carries timeout and sink; the rest is filled in here. */
static int try_once(struct session *session, const struct call *call,
                    const struct transport_request *wanted, struct answer *ret_answer,
                    struct error *error)
{
    CLEANUP(head_wipe) struct head head = {0};
    CLEANUP(buffer_deinit) struct buffer url = {0};
    const struct base_url *base = &session->settings.url;
    const int64_t began_ms = clock_monotonic_ms();
    struct transport_request request = *wanted;
    const char *target;
    int outcome;

    buffer_append_text(&url, base->text);
    buffer_append_text(&url, call->path);
    if (url.overflown)
        return error_set(error, FAULT_HARD, "There is no memory left.");
    target = url.data + base->path_at;
    make_head(session, call, target, &head);
    request.method = call->method;
    request.url = url.data;
    request.headers = head.lines;
    request.body = call->body;
    request.is_plain = base->is_plain;
    outcome = transport_exchange(session->transport, &request, ret_answer, error);
    tell(session, call, target, outcome, ret_answer, error, began_ms);
    return outcome;
}

static int64_t smaller(int64_t left, int64_t right)
{
    return left < right ? left : right;
}

static bool is_repeatable(const struct call *call)
{
    return strcmp(call->method, "GET") == 0 || call->idempotency_key != NULL;
}

static int unreachable(const struct session *session, const struct call *call, int outcome,
                       struct error *error)
{
    char why[160];

    (void)snprintf(why, sizeof(why), "%.150s", error->text);
    if (outcome != FAULT_UNCERTAIN || strcmp(call->method, "GET") == 0)
        return outcome_set(error, OUTCOME_UNREACHABLE, "%.*s can't be reached: %s.",
                           (int)smaller((int64_t)session->settings.url.path_at, 120),
                           session->settings.url.text, why);
    if (call->idempotency_key == NULL)
        return outcome_set(error, OUTCOME_UNREACHABLE,
                           "No answer: %s. Nobody knows whether it was done; look before you "
                           "repeat it.",
                           why);
    return outcome_set(error, OUTCOME_UNREACHABLE,
                       "No answer: %.60s. Nobody knows whether it was done; repeated with "
                       "--idempotency-key %s it is done once.",
                       why, call->idempotency_key);
}

/* Keeps what the server said, and says what that means. */
static int refused(struct session *session, const struct call *call, struct answer *answer,
                   struct error *error)
{
    const struct answer kept = *answer;
    const unsigned status = answer->status;

    *answer = session->refusal;
    session->refusal = kept;
    error->text[0] = '\0';
    if (status >= 500 && call->idempotency_key != NULL)
        terminal_say(&session->terminal,
                     "It may have been done; repeated with --idempotency-key %s it is done once.",
                     call->idempotency_key);
    if (status == 401 && answer_has_code(&session->refusal, "unauthorized"))
        return OUTCOME_LOGGED_OUT;
    return status == 503 || status == 504 ? (int)OUTCOME_UNREACHABLE : (int)OUTCOME_REFUSED;
}

int call_send(struct session *session, const struct call *call, struct answer *ret_answer,
              struct error *error)
{
    struct backoff backoff = {BACKOFF_FIRST_MS, BACKOFF_LONGEST_MS, 0};
    const int64_t deadline_ms =
        call->deadline_ms != 0 ? call->deadline_ms : call_deadline_ms(session, CALL_TIMEOUT_MS);
    const int64_t longest_ms = ATTEMPT_LONGEST_MS + call->hold_s * 1000;
    struct attempt attempt = {.is_repeatable = is_repeatable(call)};
    int64_t wait_ms = 0;

    do {
        const int64_t left_ms = deadline_ms - clock_monotonic_ms() - wait_ms;
        const struct transport_request wanted = {
            .timeout_ms = left_ms > 0 ? smaller(left_ms, longest_ms) : 1};

        clock_sleep_ms(wait_ms);
        attempt.outcome = try_once(session, call, &wanted, ret_answer, error);
        if (attempt.outcome == 0 && answer_is_success(ret_answer))
            return 0;
        attempt.status = ret_answer->status;
        attempt.retry_after_s = ret_answer->retry_after_s;
        attempt.is_in_work = attempt.outcome == 0 && attempt.status == 409 &&
                             answer_has_code(ret_answer, "idempotency_in_progress");
        wait_ms = retry_wait_ms(&attempt, &backoff, deadline_ms - clock_monotonic_ms());
    } while (wait_ms != RETRY_NEVER);
    return attempt.outcome != 0 ? unreachable(session, call, attempt.outcome, error)
                                : refused(session, call, ret_answer, error);
}

int call_stream(struct session *session, const struct call *call, transport_sink_fn sink,
                void *sink_context, struct answer *ret_answer, struct error *error)
{
    const int64_t left_ms = call->deadline_ms - clock_monotonic_ms();
    const struct transport_request wanted = {
        .timeout_ms = left_ms > 0 ? left_ms : 1,
        .sink = sink,
        .sink_context = sink_context,
    };
    const int outcome = try_once(session, call, &wanted, ret_answer, error);

    return outcome != 0 ? unreachable(session, call, outcome, error) : 0;
}

void call_make_idempotency_key(const struct arguments *arguments,
                               char ret_key[static IDEMPOTENCY_KEY_SIZE])
{
    const char *given = arguments_text(arguments, ARGUMENT_IDEMPOTENCY_KEY);
    char ulid[ULID_TEXT_SIZE];

    (void)snprintf(ret_key, IDEMPOTENCY_KEY_SIZE, "%s%s", given != NULL ? "" : "slipctl-",
                   given != NULL ? given : ulid_make(clock_now_us(NULL), ulid));
}

int64_t call_deadline_ms(const struct session *session, int64_t usual_ms)
{
    return clock_monotonic_ms() +
           (session->settings.timeout_ms != 0 ? session->settings.timeout_ms : usual_ms);
}
