#include "services/gateway/gateway.h"

static int start(const void *config, struct metrics *metrics, void **ret_app, struct error *error)
{
    struct gateway *gateway = NULL;
    const int result = gateway_new(config, metrics, &gateway, error);

    if (result == 0)
        *ret_app = gateway;
    return result;
}

static const char *unready(void *app)
{
    return gateway_unready(app);
}

static void drain(void *app, int64_t timeout_ms)
{
    gateway_drain(app, timeout_ms);
}

static void stop(void *app)
{
    gateway_free(app);
}

int main(int argc, char **argv)
{
    const struct service service = {
        .name = "gateway",
        .settings = gateway_settings,
        .setting_count = gateway_setting_count,
        .config_size = sizeof(struct gateway_config),
        .start = start,
        .unready = unready,
        .drain = drain,
        .stop = stop,
    };

    return service_main(&service, argc, argv);
}
