#include "services/provisioner/connections.h"

#include "lib/base/clock.h"
#include "lib/base/condition.h"
#include "lib/base/log.h"

#include <pthread.h>
#include <string.h>

enum {
    nodes_limit = 4096,
    reopen_pause_ms = 500,
    /* How long a node that is being opened is waited for. */
    open_patience_ms = 1000,
    /* How long its end is. */
    stop_patience_ms = 5000,
};

struct node {
    struct connections *owner;
    struct node *next;
    /* Opens it. */
    pthread_t thread;
    /* Guards what follows. */
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct hypervisor *hypervisor;
    /* Somebody waits for it to be opened; the thread is at it, since then. */
    bool wanted, opening;
    bool stopping;
    int64_t opening_since_ms;
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

static struct timespec time_of_ms(int64_t ms)
{
    return (struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
}

/* True: it still hangs in the node, and may come back at any time. */
static bool stop_node(struct node *node)
{
    const struct timespec deadline = time_of_ms(clock_now_us(NULL) / 1000 + stop_patience_ms);

    (void)pthread_mutex_lock(&node->mutex);
    node->stopping = true;
    (void)pthread_cond_broadcast(&node->changed);
    (void)pthread_mutex_unlock(&node->mutex);
    if (pthread_timedjoin_np(node->thread, NULL, &deadline) != 0)
        return true;
    hypervisor_unref(TAKE(node->hypervisor));
    return false;
}

static void free_node(struct node *node)
{
    (void)pthread_cond_destroy(&node->changed);
    (void)pthread_mutex_destroy(&node->mutex);
    free(node);
}

void connections_free(struct connections *connections)
{
    unsigned hanging = 0;

    if (connections == NULL)
        return;
    for (struct node *node = connections->nodes; node != NULL; node = node->next)
        hanging += stop_node(node);
    if (hanging > 0) {
        /* Better a leak at the end of the process than a use of freed memory. */
        log_event(LOG_WARNING, NULL, "left with nodes that don't answer",
                  LOG_NUMBER("nodes", hanging));
        return;
    }
    hypervisor_events_stop(connections->events);
    /* No callback runs any more that could point to a node. */
    while (connections->nodes != NULL) {
        struct node *node = connections->nodes;

        connections->nodes = node->next;
        free_node(node);
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

static void tell_change(void *context, const char *name)
{
    const struct node *node = context;

    node->owner->options.changed(node->owner->options.context, node->uri, name);
}

/* ---- a node's own thread, which alone opens it: a node that hangs holds up nobody else ---- */

/* With the mutex held, which is let go meanwhile. */
static void open_node(struct node *node)
{
    struct hypervisor *stale = TAKE(node->hypervisor);
    struct hypervisor *opened = NULL;
    struct error error = {""};
    int result;

    node->opening = true;
    node->opening_since_ms = clock_monotonic_ms();
    (void)pthread_mutex_unlock(&node->mutex);
    hypervisor_unref(stale);
    result = hypervisor_open(node->uri, tell_change, node, &opened, &error);
    (void)pthread_mutex_lock(&node->mutex);
    node->opening = node->wanted = false;
    node->hypervisor = opened;
    if (result != 0) {
        node->last_error = error;
        node->reopen_at_ms = clock_monotonic_ms() + reopen_pause_ms;
    }
    (void)pthread_cond_broadcast(&node->changed);
    if (result == 0)
        tell_change(node, NULL);
}

static void *tend_node(void *context)
{
    struct node *node = context;

    (void)pthread_mutex_lock(&node->mutex);
    while (!node->stopping) {
        if (node->wanted)
            open_node(node);
        else
            (void)pthread_cond_wait(&node->changed, &node->mutex);
    }
    (void)pthread_mutex_unlock(&node->mutex);
    return NULL;
}

static bool is_connected(const struct node *node)
{
    return !node->opening && node->hypervisor != NULL && hypervisor_is_alive(node->hypervisor);
}

/* Not longer than `open_patience_ms` after the opening began, however many come to wait. */
static void await_opened(struct node *node)
{
    const int64_t since_ms = node->opening ? node->opening_since_ms : clock_monotonic_ms();
    const struct timespec deadline = condition_deadline_at((since_ms + open_patience_ms) * 1000);

    node->wanted = true;
    (void)pthread_cond_broadcast(&node->changed);
    while (node->wanted)
        if (pthread_cond_timedwait(&node->changed, &node->mutex, &deadline) != 0)
            return;
}

static int take_node(struct node *node, struct hypervisor **ret_hypervisor, struct error *error)
{
    int result = 0;

    (void)pthread_mutex_lock(&node->mutex);
    if (!is_connected(node) && clock_monotonic_ms() >= node->reopen_at_ms)
        await_opened(node);
    if (is_connected(node))
        *ret_hypervisor = hypervisor_ref(node->hypervisor);
    else if (node->opening || node->wanted)
        result = error_set(error, FAULT_RETRY, "the node has not answered yet");
    else
        result = error_set(error, FAULT_RETRY, "%s", node->last_error.text);
    (void)pthread_mutex_unlock(&node->mutex);
    return result;
}

static struct node *make_node(struct connections *connections, const char *uri)
{
    const size_t size = strlen(uri) + 1;
    struct node *node = calloc(1, sizeof(*node) + size);

    if (node == NULL)
        return NULL;
    node->owner = connections;
    memcpy(node->uri, uri, size);
    (void)pthread_mutex_init(&node->mutex, NULL);
    condition_init(&node->changed);
    if (pthread_create(&node->thread, NULL, tend_node, node) == 0)
        return node;
    free_node(node);
    return NULL;
}

static struct node *add_node(struct connections *connections, const char *uri)
{
    struct node *node = NULL;

    if (connections->node_count < nodes_limit)
        node = make_node(connections, uri);
    if (node == NULL)
        return NULL;
    node->next = connections->nodes;
    connections->nodes = node;
    ++connections->node_count;
    return node;
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
    for (struct node *node = connections->nodes; node != NULL; node = node->next) {
        (void)pthread_mutex_lock(&node->mutex);
        count += is_connected(node);
        (void)pthread_mutex_unlock(&node->mutex);
    }
    (void)pthread_mutex_unlock(&connections->mutex);
    return count;
}
