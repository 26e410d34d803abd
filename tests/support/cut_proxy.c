#include "tests/support/cut_proxy.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

struct cut_proxy {
    pthread_t thread;
    int listener;
    uint16_t port, target_port;
    atomic_bool lose, stop;
};

static struct sockaddr_in loopback(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* False at the end of the connection. */
static bool relay(int from, int to)
{
    char bytes[16384];
    const ssize_t length = read(from, bytes, sizeof(bytes));

    for (ssize_t written = 0; written < length;) {
        const ssize_t part = send(to, bytes + written, (size_t)(length - written), MSG_NOSIGNAL);

        if (part <= 0)
            return false;
        written += part;
    }
    return length > 0;
}

static void serve(struct cut_proxy *proxy, int client, int server)
{
    struct pollfd ends[] = {
        {.fd = client, .events = POLLIN},
        {.fd = server, .events = POLLIN}
    };

    while (!atomic_load(&proxy->stop)) {
        if (poll(ends, 2, 20) <= 0)
            continue;
        if (ends[0].revents != 0 && !relay(client, server))
            return;
        if (ends[1].revents != 0 && atomic_exchange(&proxy->lose, false))
            return;
        if (ends[1].revents != 0 && !relay(server, client))
            return;
    }
}

static void *run(void *context)
{
    struct cut_proxy *proxy = context;
    struct pollfd listener = {.fd = proxy->listener, .events = POLLIN};

    while (!atomic_load(&proxy->stop)) {
        const struct sockaddr_in address = loopback(proxy->target_port);
        int client, server;

        if (poll(&listener, 1, 20) <= 0)
            continue;
        client = accept(proxy->listener, NULL, NULL);
        server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(server, (const struct sockaddr *)&address, sizeof(address)) == 0)
            serve(proxy, client, server);
        (void)close(client);
        (void)close(server);
    }
    return NULL;
}

static bool start(struct cut_proxy *proxy)
{
    struct sockaddr_in address = loopback(0);
    socklen_t length = sizeof(address);

    proxy->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(proxy->listener, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(proxy->listener, 4) != 0 ||
        getsockname(proxy->listener, (struct sockaddr *)&address, &length) != 0)
        return false;
    proxy->port = ntohs(address.sin_port);
    return pthread_create(&proxy->thread, NULL, run, proxy) == 0;
}

struct cut_proxy *cut_proxy_new(uint16_t port)
{
    struct cut_proxy *proxy = calloc(1, sizeof(*proxy));

    if (proxy == NULL)
        return NULL;
    proxy->target_port = port;
    if (start(proxy))
        return proxy;
    (void)close(proxy->listener);
    free(proxy);
    return NULL;
}

void cut_proxy_free(struct cut_proxy *proxy)
{
    if (proxy == NULL)
        return;
    atomic_store(&proxy->stop, true);
    (void)pthread_join(proxy->thread, NULL);
    (void)close(proxy->listener);
    free(proxy);
}

uint16_t cut_proxy_port(const struct cut_proxy *proxy)
{
    return proxy->port;
}

void cut_proxy_lose_next_answer(struct cut_proxy *proxy)
{
    atomic_store(&proxy->lose, true);
}
