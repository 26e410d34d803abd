#include "tests/support/redis_process.h"

#include "lib/base/clock.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    STEP_MS = 5,
    PATIENCE_MS = 10000,
};

static struct sockaddr_in loopback(int64_t port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int64_t free_port(void)
{
    struct sockaddr_in address = loopback(0);
    socklen_t length = sizeof(address);
    const int end = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (bind(end, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
        getsockname(end, (struct sockaddr *)&address, &length) != 0)
        _exit(1);
    (void)close(end);
    return ntohs(address.sin_port);
}

static bool takes_connections(const struct redis_process *process)
{
    const struct sockaddr_in address = loopback(process->port);
    const int end = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool taken = connect(end, (const struct sockaddr *)&address, sizeof(address)) == 0;

    (void)close(end);
    return taken;
}

void redis_process_start(struct redis_process *process)
{
    const int64_t deadline_ms = clock_monotonic_ms() + PATIENCE_MS;
    char port[24];

    (void)snprintf(port, sizeof(port), "%" PRId64, process->port);
    process->pid = fork();
    if (process->pid == 0) {
        (void)execlp("redis-server", "redis-server", "--port", port, "--bind", "127.0.0.1",
                     "--save", "", "--requirepass", REDIS_PROCESS_PASSWORD, "--loglevel", "warning",
                     "--dir", "/", (char *)NULL);
        _exit(127);
    }
    while (!takes_connections(process)) {
        if (clock_monotonic_ms() > deadline_ms || waitpid(process->pid, NULL, WNOHANG) != 0) {
            (void)fprintf(stderr, "redis-server does not start\n");
            _exit(1);
        }
        clock_sleep_ms(STEP_MS);
    }
}

void redis_process_init(struct redis_process *process)
{
    *process = (struct redis_process){.port = free_port()};
    redis_process_start(process);
}

void redis_process_kill(struct redis_process *process)
{
    if (process->pid <= 0)
        return;
    (void)kill(process->pid, SIGKILL);
    (void)waitpid(process->pid, NULL, 0);
    process->pid = 0;
}

void redis_process_deinit(struct redis_process *process)
{
    redis_process_kill(process);
}

struct redis_options redis_process_options(const struct redis_process *process)
{
    return (struct redis_options){.host = "127.0.0.1",
                                  .port = process->port,
                                  .password = REDIS_PROCESS_PASSWORD,
                                  .connect_timeout_ms = 1000,
                                  .answer_timeout_ms = 1000,
                                  .queue_limit = 100000};
}

bool redis_process_await(const struct redis *redis, bool up)
{
    const int64_t deadline_ms = clock_monotonic_ms() + PATIENCE_MS;

    while (redis_is_up(redis) != up && clock_monotonic_ms() < deadline_ms)
        clock_sleep_ms(STEP_MS);
    return redis_is_up(redis) == up;
}
