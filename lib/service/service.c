#include "lib/service/service.h"

#include "lib/base/log.h"
#include "lib/service/admin.h"

#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum exit_status {
    EXIT_CLEAN = 0,
    EXIT_FAILED = 1,
    EXIT_MISUSED = 2,
};

static void print_help(const struct service *service)
{
    (void)printf("slipway-%s: one of Slipway's services. Settings come from the environment:\n\n",
                 service->name);
    config_print(service->settings, service->setting_count, stdout);
}

/* Memory holds secrets, so it must not end up on a disk. */
static void forbid_core_dumps(void)
{
    const struct rlimit none = {0, 0};

    (void)setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__ /* the leak checker attaches to its own process */
    (void)prctl(PR_SET_DUMPABLE, 0);
#endif
}

/* Before any thread starts, so that all threads inherit it and only sigwait() sees the signals. */
static void block_signals(sigset_t *ret_awaited)
{
    (void)signal(SIGPIPE, SIG_IGN);
    (void)sigemptyset(ret_awaited);
    (void)sigaddset(ret_awaited, SIGTERM);
    (void)sigaddset(ret_awaited, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, ret_awaited, NULL);
}

static int read_log_level(const char *text, enum log_level *ret_level, struct error *error)
{
    static const char *const names[] = {"debug", "info", "warning", "error"};

    for (size_t i = 0; i < ARRAY_LENGTH(names); ++i)
        if (strcmp(text, names[i]) == 0) {
            *ret_level = (enum log_level)i;
            return 0;
        }
    return error_set(error, FAULT_HARD,
                     "configuration: LOG_LEVEL must be debug, info, warning or error");
}

static int configure(const struct service *service, void *config, struct error *error)
{
    enum log_level level = LOG_INFO;
    int result = config_load(service->settings, service->setting_count, config, error);

    if (result != 0)
        return result;
    result = read_log_level(((const struct service_config *)config)->log_level, &level, error);
    if (result == 0)
        log_init(service->name, level);
    return result;
}

static void serve_until_signalled(struct admin *admin, const struct service_config *config,
                                  void *app, const sigset_t *awaited)
{
    int signal_number = 0;

    atomic_store(&admin->app, app);
    log_event(LOG_INFO, NULL, "started", LOG_NUMBER("pid", getpid()));
    (void)sigwait(awaited, &signal_number);
    log_event(LOG_INFO, NULL, "draining", LOG_NUMBER("signal", signal_number));
    atomic_store(&admin->draining, true);
    admin->service->drain(app, config->drain_ms);
}

static int run(const struct service *service, const void *config, struct metrics *metrics,
               struct error *error)
{
    const struct service_config *common = config;
    sigset_t awaited;
    struct admin admin;
    void *app = NULL;
    int result;

    block_signals(&awaited);
    result = admin_init(&admin, service, common, metrics, error);
    if (result != 0)
        return result;
    result = service->start(config, metrics, &app, error);
    if (result == 0)
        serve_until_signalled(&admin, common, app, &awaited);
    admin_deinit(&admin);
    if (result == 0)
        service->stop(app);
    return result;
}

static int start_and_run(const struct service *service)
{
    CLEANUP(cleanup_free) void *config = calloc(1, service->config_size);
    struct metrics *metrics = metrics_new();
    struct error error = {0};
    int status = EXIT_CLEAN;

    log_init(service->name, LOG_INFO);
    if (config == NULL || metrics == NULL || sodium_init() < 0) {
        log_event(LOG_ERROR, NULL, "no memory");
        status = EXIT_FAILED;
    } else if (configure(service, config, &error) != 0) {
        log_event(LOG_ERROR, NULL, "refused to start", LOG_TEXT("error", error.text));
        status = EXIT_MISUSED;
    } else if (run(service, config, metrics, &error) != 0) {
        log_event(LOG_ERROR, NULL, "failed to start", LOG_TEXT("error", error.text));
        status = EXIT_FAILED;
    } else {
        log_event(LOG_INFO, NULL, "stopped");
    }
    metrics_free(metrics);
    return status;
}

int service_main(const struct service *service, int argc, char **argv)
{
    forbid_core_dumps();
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        print_help(service);
        return EXIT_CLEAN;
    }
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        (void)printf("slipway-%s %s\n", service->name, SLIPWAY_VERSION);
        return EXIT_CLEAN;
    }
    if (argc > 1) {
        (void)fprintf(stderr, "slipway-%s: unknown argument '%s'; see --help\n", service->name,
                      argv[1]);
        return EXIT_MISUSED;
    }
    return start_and_run(service);
}
