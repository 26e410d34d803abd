#include "services/provisioner/connections.h"

#include "lib/base/clock.h"

#include <pthread.h>
#include <string.h>

enum { nodes_limit = 4096, reopen_pause_ms = 500 };

struct node {
    struct connections *owner;
    struct node *next;
    /* Guards what follows; held while the node is opened, so that one thread does it for all. */
    pthread_mutex_t mutex;
    struct hypervisor *hypervisor;
    int64_t reopen_at_ms;
    struct error last_error;
    char uri[];
};

struct connections {
    struct connections_options options;
    struct hypervisor_events *events;
    /* Guards the list; nodes are never taken out of it. */
    pthread_mutex_t mutex;
    struct node *nodes;
    size_t node_count;
};

int connections_new(const struct connections_options *options, struct connections **ret_connections,
                    struct error *error)
{
    CLEANUP(cleanup_free) struct connections *connections = calloc(1, sizeof(*connections));
    int result;

    if (connections == NULL)
        return error_set(error, FAULT_HARD, "out of memory");
    connections->options = *options;
    result = hypervisor_events_start(&connections->events, error);
    if (result != 0)
        return result;
    (void)pthread_mutex_init(&connections->mutex, NULL);
    *ret_connections = TAKE(connections);
    return 0;
}

void connections_free(struct connections *connections)
{
    if (connections == NULL)
        return;
    for (struct node *node = connections->nodes; node != NULL; node = node->next)
        hypervisor_unref(node->hypervisor);
    hypervisor_events_stop(connections->events);
    /* No callback runs any more that could point to a node. */
    while (connections->nodes != NULL) {
        struct node *node = connections->nodes;

        connections->nodes = node->next;
        (void)pthread_mutex_destroy(&node->mutex);
        free(node);
    }
    (void)pthread_mutex_destroy(&connections->mutex);
    free(connections);
}

static bool is_allowed(const char *list, const char *uri)
{
    const size_t length = strlen(uri);

    if (list[0] == '\0')
        return true;
    for (const char *item = list; item != NULL; item = strchr(item, ',')) {
        item += *item == ',';
        if (strncmp(item, uri, length) == 0 && (item[length] == ',' || item[length] == '\0'))
            return true;
    }
    return false;
}

static struct node *find_node(struct connections *connections, const char *uri)
{
    for (struct node *node = connections->nodes; node != NULL; node = node->next)
        if (strcmp(node->uri, uri) == 0)
            return node;
    return NULL;
}

static struct node *add_node(struct connections *connections, const char *uri)
{
    const size_t size = strlen(uri) + 1;
    struct node *node;

    if (connections->node_count >= nodes_limit)
        return NULL;
    node = calloc(1, sizeof(*node) + size);
    if (node == NULL)
        return NULL;
    node->owner = connections;
    memcpy(node->uri, uri, size);
    (void)pthread_mutex_init(&node->mutex, NULL);
    node->next = connections->nodes;
    connections->nodes = node;
    ++connections->node_count;
    return node;
}

static void tell_change(void *context, const char *name)
{
    const struct node *node = context;

    node->owner->options.changed(node->owner->options.context, node->uri, name);
}

/* With the node's mutex held. */
static int open_node(struct node *node, struct error *error)
{
    int result;

    if (clock_monotonic_ms() < node->reopen_at_ms) {
        if (error != NULL)
            *error = node->last_error;
        return FAULT_RETRY;
    }
    hypervisor_unref(TAKE(node->hypervisor));
    result = hypervisor_open(node->uri, tell_change, node, &node->hypervisor, &node->last_error);
    if (result == 0) {
        tell_change(node, NULL);
        return 0;
    }
    node->reopen_at_ms = clock_monotonic_ms() + reopen_pause_ms;
    if (error != NULL)
        *error = node->last_error;
    return FAULT_RETRY;
}

static int take_node(struct node *node, struct hypervisor **ret_hypervisor, struct error *error)
{
    int result = 0;

    (void)pthread_mutex_lock(&node->mutex);
    if (node->hypervisor == NULL || !hypervisor_is_alive(node->hypervisor))
        result = open_node(node, error);
    if (result == 0)
        *ret_hypervisor = hypervisor_ref(node->hypervisor);
    (void)pthread_mutex_unlock(&node->mutex);
    return result;
}

int connections_get(struct connections *connections, const char *uri,
                    struct hypervisor **ret_hypervisor, struct error *error)
{
    struct node *node;

    if (!is_allowed(connections->options.allowed, uri))
        return CONNECTIONS_NOT_ALLOWED;
    (void)pthread_mutex_lock(&connections->mutex);
    node = find_node(connections, uri);
    if (node == NULL)
        node = add_node(connections, uri);
    (void)pthread_mutex_unlock(&connections->mutex);
    if (node == NULL)
        return error_set(error, FAULT_RETRY, "too many nodes, or out of memory");
    return take_node(node, ret_hypervisor, error);
}

int64_t connections_count(struct connections *connections)
{
    int64_t count = 0;

    (void)pthread_mutex_lock(&connections->mutex);
    for (struct node *node = connections->nodes; node != NULL; node = node->next)
        /* A node that is being opened is not connected, and not worth waiting for. */
        if (pthread_mutex_trylock(&node->mutex) == 0) {
            count += node->hypervisor != NULL && hypervisor_is_alive(node->hypervisor);
            (void)pthread_mutex_unlock(&node->mutex);
        }
    (void)pthread_mutex_unlock(&connections->mutex);
    return count;
}
