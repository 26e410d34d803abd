#include "lib/service/admin.h"

#include <string.h>

static void reply_text(struct http_exchange *exchange, unsigned status, const char *text)
{
    CLEANUP(buffer_deinit) struct buffer body = {0};

    buffer_append_format(&body, "%s\n", text);
    http_exchange_reply(exchange, status, "text/plain; charset=utf-8", &body);
}

static const char *unready_reason(struct admin *admin)
{
    void *app = atomic_load(&admin->app);

    if (atomic_load(&admin->draining))
        return "draining";
    if (app == NULL)
        return "starting";
    return admin->service->unready != NULL ? admin->service->unready(app) : NULL;
}

static void handle_ready(struct admin *admin, struct http_exchange *exchange)
{
    const char *reason = unready_reason(admin);

    reply_text(exchange, reason == NULL ? 200 : 503, reason == NULL ? "ready" : reason);
}

static void handle_metrics(struct admin *admin, struct http_exchange *exchange)
{
    CLEANUP(buffer_deinit) struct buffer body = {0};

    metrics_render(admin->metrics, &body);
    http_exchange_reply(exchange, 200, "text/plain; version=0.0.4; charset=utf-8", &body);
}

static void handle(void *context, struct http_exchange *exchange)
{
    struct admin *admin = context;
    const char *path = http_exchange_path(exchange);

    if (strcmp(path, "/healthz") == 0)
        reply_text(exchange, 200, "alive");
    else if (strcmp(path, "/readyz") == 0)
        handle_ready(admin, exchange);
    else if (strcmp(path, "/metrics") == 0)
        handle_metrics(admin, exchange);
    else
        reply_text(exchange, 404, "not found");
}

int admin_init(struct admin *admin, const struct service *service,
               const struct service_config *config, struct metrics *metrics, struct error *error)
{
    const struct http_server_options options = {
        .bind_address = config->admin_address,
        .port = config->admin_port,
        .threads = 1,
        .connections_limit = 32,
        .connections_per_address_limit = 32,
        .header_bytes_limit = 8192,
        .uri_bytes_limit = 1024,
        .body_bytes_limit = 1024,
        .header_timeout_ms = 5000,
        .body_timeout_ms = 5000,
        .idle_timeout_ms = 60000,
        .handle = handle,
        .context = admin,
    };

    *admin = (struct admin){.service = service, .metrics = metrics};
    return http_server_new(&options, &admin->server, error);
}

void admin_deinit(struct admin *admin)
{
    if (admin->server != NULL)
        (void)http_server_drain(admin->server, 1000);
    http_server_free(admin->server);
    admin->server = NULL;
}
