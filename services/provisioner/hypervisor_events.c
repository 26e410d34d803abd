#include "services/provisioner/hypervisor_private.h"

#include <pthread.h>

struct hypervisor_events {
    pthread_t thread;
    atomic_bool stopping;
};

/* libvirt prints what it meets to stderr unless told otherwise; we log once, where the error ends.
 */
static void swallow(void *context, virErrorPtr error)
{
    (void)context;
    (void)error;
}

static void *run_loop(void *context)
{
    struct hypervisor_events *events = context;

    while (!atomic_load(&events->stopping))
        if (virEventRunDefaultImpl() < 0)
            break;
    return NULL;
}

int hypervisor_events_start(struct hypervisor_events **ret_events, struct error *error)
{
    CLEANUP(cleanup_free) struct hypervisor_events *events = calloc(1, sizeof(*events));

    if (events == NULL)
        return error_set(error, FAULT_HARD, "out of memory");
    virSetErrorFunc(NULL, swallow);
    if (virInitialize() < 0 || virEventRegisterDefaultImpl() < 0)
        return hypervisor_fault("libvirt", error);
    if (pthread_create(&events->thread, NULL, run_loop, events) != 0)
        return error_set(error, FAULT_HARD, "no thread for libvirt's events");
    *ret_events = TAKE(events);
    return 0;
}

static void wake(int timer, void *context)
{
    (void)context;
    (void)virEventRemoveTimeout(timer);
}

void hypervisor_events_stop(struct hypervisor_events *events)
{
    if (events == NULL)
        return;
    atomic_store(&events->stopping, true);
    (void)virEventAddTimeout(0, wake, NULL, NULL);
    (void)pthread_join(events->thread, NULL);
    free(events);
}

static void release(void *context)
{
    struct hypervisor_listener *listener = context;

    if (atomic_fetch_sub(&listener->references, 1) == 1)
        free(listener);
}

static void tell(const struct hypervisor_listener *listener, virDomainPtr domain)
{
    const char *name = virDomainGetName(domain);

    if (name != NULL && listener->changed != NULL)
        listener->changed(listener->context, name);
}

static int on_lifecycle(virConnectPtr connection, virDomainPtr domain, int event, int detail,
                        void *context)
{
    (void)connection;
    (void)event;
    (void)detail;
    tell(context, domain);
    return 0;
}

static void on_metadata(virConnectPtr connection, virDomainPtr domain, int type, const char *uri,
                        void *context)
{
    (void)connection;
    (void)type;
    (void)uri;
    tell(context, domain);
}

static void on_close(virConnectPtr connection, int reason, void *context)
{
    struct hypervisor_listener *listener = context;

    (void)connection;
    (void)reason;
    atomic_store(&listener->broken, true);
}

/* Negative: not registered. */
static int listen_to(struct hypervisor *hypervisor, int event,
                     virConnectDomainEventGenericCallback callback)
{
    int id;

    (void)atomic_fetch_add(&hypervisor->listener->references, 1);
    id = virConnectDomainEventRegisterAny(hypervisor->connection, NULL, event, callback,
                                          hypervisor->listener, release);
    if (id < 0)
        release(hypervisor->listener);
    return id;
}

int hypervisor_events_register(struct hypervisor *hypervisor, hypervisor_changed_fn changed,
                               void *context, struct error *error)
{
    struct hypervisor_listener *listener = calloc(1, sizeof(*listener));

    if (listener == NULL)
        return error_set(error, FAULT_RETRY, "out of memory");
    *listener = (struct hypervisor_listener){1, false, changed, context};
    hypervisor->listener = listener;
    /* No reference of its own: libvirt drops the callback silently where a connection can't close
     * (a driver inside this process), and else never runs it past its deregistration. */
    (void)virConnectRegisterCloseCallback(hypervisor->connection, on_close, listener, NULL);
    hypervisor->lifecycle_id = listen_to(hypervisor, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                         VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle));
    if (hypervisor->lifecycle_id < 0)
        return hypervisor_fault("events of machines", error);
    hypervisor->metadata_id = listen_to(hypervisor, VIR_DOMAIN_EVENT_ID_METADATA_CHANGE,
                                        VIR_DOMAIN_EVENT_CALLBACK(on_metadata));
    if (hypervisor->metadata_id < 0)
        return hypervisor_fault("events of metadata", error);
    return 0;
}

void hypervisor_events_deregister(struct hypervisor *hypervisor)
{
    if (hypervisor->listener == NULL)
        return;
    if (hypervisor->lifecycle_id >= 0)
        (void)virConnectDomainEventDeregisterAny(hypervisor->connection, hypervisor->lifecycle_id);
    if (hypervisor->metadata_id >= 0)
        (void)virConnectDomainEventDeregisterAny(hypervisor->connection, hypervisor->metadata_id);
    (void)virConnectUnregisterCloseCallback(hypervisor->connection, on_close);
    release(hypervisor->listener);
}
