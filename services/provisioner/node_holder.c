/* slipway-node-holder <uri>: keeps one connection to a node open until SIGTERM or SIGINT, and ends
 * when the node closes it. libvirt's test driver forgets its machines with its last connection;
 * this one stays while workers come and go. Prints "ready" once connected. */
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <signal.h>
#include <stdio.h>

enum { look_interval_ms = 500, keepalive_interval_s = 5, keepalive_count = 3 };

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

static void ignore_timer(int timer, void *context)
{
    (void)timer;
    (void)context;
}

int main(int argc, char **argv)
{
    virConnectPtr connection;

    if (argc != 2) {
        (void)fprintf(stderr, "usage: slipway-node-holder <libvirt URI>\n");
        return 2;
    }
    (void)signal(SIGTERM, on_signal);
    (void)signal(SIGINT, on_signal);
    /* The timer wakes the loop, which otherwise waits for the node for ever, to look at `stop`. */
    if (virEventRegisterDefaultImpl() < 0 ||
        virEventAddTimeout(look_interval_ms, ignore_timer, NULL, NULL) < 0)
        return 1;
    connection = virConnectOpen(argv[1]);
    if (connection == NULL)
        return 1;
    (void)virConnectSetKeepAlive(connection, keepalive_interval_s, keepalive_count);
    (void)printf("ready\n");
    (void)fflush(stdout);
    while (stop == 0 && virConnectIsAlive(connection) == 1)
        if (virEventRunDefaultImpl() < 0)
            break;
    (void)virConnectClose(connection);
    return stop != 0 ? 0 : 1;
}
