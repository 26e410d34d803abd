#include "tests/support/standin_process.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { PATIENCE_MS = 30000 };

static _Noreturn void give_up(const char *words)
{
    (void)fprintf(stderr, "%s\n", words);
    _exit(1);
}

/* Its first line ends with the address and a slash. */
static void read_url(int output, char *ret_url, size_t size)
{
    char line[256];
    size_t length = 0;
    const char *url;

    while (length + 1 < sizeof(line) && read(output, line + length, 1) == 1 && line[length] != '\n')
        ++length;
    line[length] = '\0';
    url = strstr(line, "http://");
    if (url != NULL && strlen(url) > 1 && strlen(url) <= size)
        (void)snprintf(ret_url, size, "%.*s", (int)strlen(url) - 1, url);
    else
        give_up("the stand-ins of payment providers don't start");
}

void standin_process_init(struct standin_process *process, const char *script)
{
    const struct http_client_options options = {.queue_limit = 16,
                                                .connections_per_host = 4,
                                                .connect_timeout_ms = 5000,
                                                .answer_bytes_limit = INT64_C(1) << 20};
    struct error error = {0};
    int output[2];

    *process = (struct standin_process){0};
    if (pipe(output) != 0)
        give_up("no pipe");
    process->pid = fork();
    if (process->pid == 0) {
        (void)dup2(output[1], STDOUT_FILENO);
        (void)close(output[0]);
        (void)execlp("python3", "python3", script, "--port", "0", "--callbacks",
                     "http://127.0.0.1:9", (char *)NULL);
        _exit(127);
    }
    (void)close(output[1]);
    read_url(output[0], process->url, sizeof(process->url));
    (void)close(output[0]);
    if (http_client_new(&options, &process->client, &error) != 0)
        give_up(error.text);
}

void standin_process_deinit(struct standin_process *process)
{
    http_client_free(process->client);
    (void)kill(process->pid, SIGKILL);
    (void)waitpid(process->pid, NULL, 0);
}

void standin_answer_deinit(struct standin_answer *answer)
{
    buffer_deinit(&answer->body);
}

struct waiting {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool has_ended;
    struct standin_answer *answer;
};

static void done(void *context, int outcome, const struct http_client_answer *answer,
                 const struct error *error)
{
    struct waiting *waiting = context;

    (void)error;
    (void)pthread_mutex_lock(&waiting->lock);
    waiting->answer->outcome = outcome;
    if (answer != NULL) {
        waiting->answer->status = answer->status;
        buffer_append(&waiting->answer->body, answer->body, answer->body_length);
    }
    waiting->has_ended = true;
    (void)pthread_cond_signal(&waiting->ended);
    (void)pthread_mutex_unlock(&waiting->lock);
}

void standin_process_send(struct standin_process *process,
                          const struct http_client_request *request,
                          struct standin_answer *ret_answer)
{
    struct waiting waiting = {
        .lock = PTHREAD_MUTEX_INITIALIZER, .ended = PTHREAD_COND_INITIALIZER, .answer = ret_answer};
    struct error error;

    buffer_reset(&ret_answer->body);
    assert_int_equal(http_client_send(process->client, request, done, &waiting, &error), 0);
    (void)pthread_mutex_lock(&waiting.lock);
    while (!waiting.has_ended)
        (void)pthread_cond_wait(&waiting.ended, &waiting.lock);
    (void)pthread_mutex_unlock(&waiting.lock);
    (void)pthread_cond_destroy(&waiting.ended);
    (void)pthread_mutex_destroy(&waiting.lock);
}

void standin_process_press(struct standin_process *process, const char *name, const char *json)
{
    static const char *const headers[] = {"Content-Type: application/json", NULL};
    CLEANUP(standin_answer_deinit) struct standin_answer answer = {0};
    char url[128];

    (void)snprintf(url, sizeof(url), "%s/__/%s", process->url, name);
    standin_process_send(process,
                         &(struct http_client_request){.method = "POST",
                                                       .url = url,
                                                       .headers = headers,
                                                       .body = json,
                                                       .body_length = strlen(json),
                                                       .timeout_ms = PATIENCE_MS},
                         &answer);
    if (answer.outcome != 0 || answer.status != 200)
        fail_msg("%s %s: %u %s", name, json, answer.status,
                 answer.body.data != NULL ? answer.body.data : "");
}
