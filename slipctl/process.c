#include "slipctl/process.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIGNALLED = 128 };

/* posix_spawnp() wants what it never changes without const. */
static int spawn(const char *const *argv, const posix_spawnattr_t *attributes, pid_t *ret_pid)
{
    union {
        const char *const *given;
        char *const *taken;
    } words = {.given = argv};

    return posix_spawnp(ret_pid, words.taken[0], NULL, attributes, words.taken, environ);
}

/* The child is to end by Ctrl-C although its parent ignores it. */
static int start(const char *const *argv, pid_t *ret_pid)
{
    posix_spawnattr_t attributes;
    sigset_t usual;
    int failed = posix_spawnattr_init(&attributes);

    if (failed != 0)
        return failed;
    (void)sigemptyset(&usual);
    (void)sigaddset(&usual, SIGINT);
    (void)sigaddset(&usual, SIGQUIT);
    (void)posix_spawnattr_setsigdefault(&attributes, &usual);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    failed = spawn(argv, &attributes, ret_pid);
    (void)posix_spawnattr_destroy(&attributes);
    return failed;
}

int process_run(const char *const *argv, int *ret_status, struct error *error)
{
    const struct sigaction ignoring = {.sa_handler = SIG_IGN};
    struct sigaction interrupt, quit;
    pid_t pid = -1;
    int status = 0;
    int failed;

    (void)sigaction(SIGINT, &ignoring, &interrupt);
    (void)sigaction(SIGQUIT, &ignoring, &quit);
    failed = start(argv, &pid);
    while (failed == 0 && waitpid(pid, &status, 0) < 0)
        failed = errno == EINTR ? 0 : errno;
    (void)sigaction(SIGINT, &interrupt, NULL);
    (void)sigaction(SIGQUIT, &quit, NULL);
    if (failed != 0)
        return error_set(error, FAULT_HARD, "%s can't be started: %s.", argv[0],
                         strerrordesc_np(failed));
    *ret_status = WIFSIGNALED(status) ? SIGNALLED + WTERMSIG(status) : WEXITSTATUS(status);
    return 0;
}
