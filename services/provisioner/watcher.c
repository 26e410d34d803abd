#include "services/provisioner/watcher.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/queue.h"
#include "services/provisioner/fleet.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum {
    notes_limit = 16384,
    batch_limit = 256,
    /* Events of one machine within this are looked at once. */
    gather_ms = 100,
    /* How often broken connections and postponed lists are tried again. */
    round_ms = 1000,
};

/* What is to be looked at. */
struct note {
    /* 0: the whole node. */
    uint64_t vps_id;
    /* Not 0: known to have been built under this sequence. */
    uint64_t built_sequence;
    char uri[];
};

struct watched {
    struct watched *next;
    struct fleet *fleet;
    /* A look has failed or an event was lost: look at all. */
    bool list;
    char uri[];
};

struct watcher {
    const struct results *results;
    struct queue *notes;
    struct connections *connections;
    pthread_t thread;
    bool started;
    atomic_bool stopping;
    /* A note had no room. */
    atomic_bool overflown;
    /* Only the thread touches these. */
    struct watched *nodes;
};

int watcher_new(const struct results *results, struct watcher **ret_watcher, struct error *error)
{
    CLEANUP(watcher_free_cleanup) struct watcher *watcher = calloc(1, sizeof(*watcher));

    if (watcher == NULL)
        return error_set(error, FAULT_HARD, "out of memory");
    watcher->results = results;
    watcher->notes = queue_new(notes_limit);
    if (watcher->notes == NULL)
        return error_set(error, FAULT_HARD, "out of memory");
    *ret_watcher = TAKE(watcher);
    return 0;
}

void watcher_free(struct watcher *watcher)
{
    void *item;

    if (watcher == NULL)
        return;
    if (watcher->notes != NULL) {
        queue_close(watcher->notes);
        while (queue_take(watcher->notes, &item, 1, 0) > 0)
            free(item);
        queue_free(watcher->notes);
    }
    while (watcher->nodes != NULL) {
        struct watched *node = watcher->nodes;

        watcher->nodes = node->next;
        fleet_free(node->fleet);
        free(node);
    }
    free(watcher);
}

static void note(struct watcher *watcher, const char *uri, uint64_t vps_id, uint64_t sequence)
{
    const size_t size = strlen(uri) + 1;
    struct note *item = malloc(sizeof(*item) + size);

    if (item != NULL) {
        *item = (struct note){vps_id, sequence};
        memcpy(item->uri, uri, size);
        if (queue_put(watcher->notes, item) == 0)
            return;
        free(item);
    }
    atomic_store(&watcher->overflown, true);
}

void watcher_note_change(void *context, const char *uri, const char *name)
{
    uint64_t vps_id = 0;

    if (name == NULL || !domain_name_parse(name, &vps_id))
        note(context, uri, vps_id, 0);
}

void watcher_note_built(struct watcher *watcher, const char *uri, uint64_t vps_id,
                        uint64_t sequence)
{
    note(watcher, uri, vps_id, sequence);
}

static struct watched *find_node(struct watcher *watcher, const char *uri)
{
    const size_t size = strlen(uri) + 1;
    struct watched *node = watcher->nodes;

    while (node != NULL && strcmp(node->uri, uri) != 0)
        node = node->next;
    if (node != NULL)
        return node;
    node = calloc(1, sizeof(*node) + size);
    if (node == NULL)
        return NULL;
    memcpy(node->uri, uri, size);
    node->fleet = fleet_new();
    if (node->fleet == NULL) {
        free(node);
        return NULL;
    }
    node->next = watcher->nodes;
    watcher->nodes = node;
    return node;
}

/* 0, HYPERVISOR_NO_METADATA (not ours) or a fault. */
static int look(struct hypervisor *hypervisor, uint64_t vps_id, struct sighting *ret_sighting)
{
    CLEANUP(hypervisor_machine_free_cleanup) struct hypervisor_machine *machine = NULL;
    CLEANUP(cleanup_free) char *xml = NULL;
    enum hypervisor_power power = HYPERVISOR_STOPPED;
    struct metadata metadata = {0};
    char name[DOMAIN_NAME_SIZE];
    int result = hypervisor_find(hypervisor, domain_name(vps_id, name), &machine, NULL);

    if (result == 0)
        result = hypervisor_machine_metadata(machine, &xml, NULL);
    if (result == 0)
        result = hypervisor_machine_power(machine, &power, NULL);
    if (result == HYPERVISOR_NO_MACHINE) {
        *ret_sighting = (struct sighting){.vps_id = vps_id, .power = MACHINE_MISSING};
        return 0;
    }
    if (result != 0)
        return result;
    if (metadata_parse(xml, strlen(xml), &metadata, NULL) != 0)
        return HYPERVISOR_NO_METADATA;
    *ret_sighting = (struct sighting){
        .vps_id = vps_id,
        .sequence = metadata.sequence,
        .built = metadata.state == METADATA_BUILT,
        .power = power == HYPERVISOR_RUNNING ? MACHINE_RUNNING : MACHINE_STOPPED,
    };
    return 0;
}

static const char *power_name(enum machine_power power)
{
    static const char *const names[] = {"running", "stopped", "missing", "unknown"};

    return names[power];
}

/* True when it could not be told. */
static bool tell(const struct watcher *watcher, const struct sighting *sighting, uint64_t sequence)
{
    struct error error = {""};

    if (results_send_observed(watcher->results, sighting->vps_id, sequence, sighting->power,
                              &error) != 0) {
        log_event(LOG_WARNING, NULL, "observation not sent", LOG_NUMBER("vps_id", sighting->vps_id),
                  LOG_TEXT("error", error.text));
        return true;
    }
    log_event(LOG_INFO, NULL, "machine changed by itself, or is deleted",
              LOG_NUMBER("vps_id", sighting->vps_id),
              LOG_TEXT("power", power_name(sighting->power)));
    return false;
}

static void look_and_tell(struct watcher *watcher, struct watched *node,
                          struct hypervisor *hypervisor, uint64_t vps_id)
{
    struct sighting sighting;
    const int result = look(hypervisor, vps_id, &sighting);
    uint64_t sequence;

    if (result == HYPERVISOR_NO_METADATA)
        return;
    if (result != 0 ||
        (fleet_is_news(node->fleet, &sighting, &sequence) && tell(watcher, &sighting, sequence)))
        node->list = true;
    else
        fleet_keep(node->fleet, &sighting);
}

struct listing {
    struct watcher *watcher;
    struct watched *node;
    struct hypervisor *hypervisor;
};

static void visit(void *context, const char *name)
{
    const struct listing *listing = context;
    uint64_t vps_id;

    if (!domain_name_parse(name, &vps_id))
        look_and_tell(listing->watcher, listing->node, listing->hypervisor, vps_id);
}

/* Those that are known are looked at too: they may be gone. */
static void list_node(struct watcher *watcher, struct watched *node, struct hypervisor *hypervisor)
{
    struct listing listing = {watcher, node, hypervisor};
    CLEANUP(cleanup_free) uint64_t *known = NULL;
    const size_t count = fleet_ids(node->fleet, &known);

    node->list = false;
    for (size_t i = 0; i < count; ++i)
        look_and_tell(watcher, node, hypervisor, known[i]);
    if (hypervisor_list(hypervisor, visit, &listing, NULL) != 0)
        node->list = true;
}

static void take_note(struct watcher *watcher, const struct note *item)
{
    CLEANUP(hypervisor_unref_cleanup) struct hypervisor *hypervisor = NULL;
    struct watched *node = find_node(watcher, item->uri);

    if (node == NULL)
        return;
    if (item->built_sequence != 0)
        fleet_keep(node->fleet,
                   &(struct sighting){item->vps_id, item->built_sequence, true, MACHINE_RUNNING});
    if (item->vps_id == 0)
        node->list = true;
    if (node->list)
        return;
    if (connections_get(watcher->connections, node->uri, &hypervisor, NULL) != 0)
        node->list = true;
    else
        look_and_tell(watcher, node, hypervisor, item->vps_id);
}

/* Reconnects nodes that went away and lists those that have to be. */
static void make_round(struct watcher *watcher)
{
    const bool all = atomic_exchange(&watcher->overflown, false);

    for (struct watched *node = watcher->nodes; node != NULL; node = node->next) {
        CLEANUP(hypervisor_unref_cleanup) struct hypervisor *hypervisor = NULL;
        const bool connected =
            connections_get(watcher->connections, node->uri, &hypervisor, NULL) == 0;

        node->list = node->list || all;
        if (connected && node->list)
            list_node(watcher, node, hypervisor);
    }
}

static bool is_repeated(void *const *notes, size_t index)
{
    const struct note *one = notes[index];

    for (size_t i = 0; i < index; ++i) {
        const struct note *other = notes[i];

        if (other->vps_id == one->vps_id && one->built_sequence == 0 &&
            strcmp(other->uri, one->uri) == 0)
            return true;
    }
    return false;
}

static void *run(void *context)
{
    struct watcher *watcher = context;
    int64_t round_at_ms = 0;
    void *notes[batch_limit];

    while (!atomic_load(&watcher->stopping)) {
        const size_t count = queue_take(watcher->notes, notes, batch_limit, gather_ms);

        for (size_t i = 0; i < count; ++i)
            if (!is_repeated(notes, i))
                take_note(watcher, notes[i]);
        for (size_t i = 0; i < count; ++i)
            free(notes[i]);
        if (clock_monotonic_ms() >= round_at_ms) {
            make_round(watcher);
            round_at_ms = clock_monotonic_ms() + round_ms;
        }
        clock_sleep_ms(count < batch_limit ? gather_ms : 0);
    }
    return NULL;
}

/* Notes every node of the list, so that the first round connects to it. */
static void note_nodes(struct watcher *watcher, const char *nodes)
{
    char uri[512];

    for (size_t length; *nodes != '\0'; nodes += length + (nodes[length] == ',')) {
        length = strcspn(nodes, ",");
        if (length == 0 || length >= sizeof(uri))
            continue;
        memcpy(uri, nodes, length);
        uri[length] = '\0';
        note(watcher, uri, 0, 0);
    }
}

int watcher_start(struct watcher *watcher, struct connections *connections, const char *nodes,
                  struct error *error)
{
    watcher->connections = connections;
    note_nodes(watcher, nodes);
    if (pthread_create(&watcher->thread, NULL, run, watcher) != 0)
        return error_set(error, FAULT_HARD, "no thread for the watcher");
    watcher->started = true;
    return 0;
}

void watcher_stop(struct watcher *watcher)
{
    if (!watcher->started)
        return;
    atomic_store(&watcher->stopping, true);
    (void)pthread_join(watcher->thread, NULL);
    watcher->started = false;
}
