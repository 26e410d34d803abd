#include "lib/redis/subscriptions.h"

#include "lib/redis/link.h"

#include <assert.h>
#include <pthread.h>
#include <search.h>
#include <string.h>

#include <hiredis/hiredis.h>

struct channel {
    /* First, so that the tree compares channels by it. */
    char *name;
    struct redis_subscription *first;
};

struct redis_subscription {
    struct redis_subscription *previous, *next;
    struct subscriptions *owner;
    struct channel *channel;
    redis_message_fn message;
    void *context;
    /* The number of the SUBSCRIBE that covers it; not before its answer it is greeted. */
    uint64_t ticket;
    bool greeted;
};

struct subscriptions {
    pthread_mutex_t mutex;
    pthread_cond_t called;
    int wakeup;
    bool connected;
    /* tsearch() tree of channels. */
    void *channels;
    struct buffer commands;
    /* SUBSCRIBEs queued and answered on this connection. */
    uint64_t asked, granted;
    /* Whose callback runs now, and who is next: a removal must see both. */
    struct redis_subscription *running, *next;
};

static int compare_channels(const void *left, const void *right)
{
    return strcmp(((const struct channel *)left)->name, ((const struct channel *)right)->name);
}

struct subscriptions *subscriptions_new(int wakeup)
{
    struct subscriptions *subscriptions = calloc(1, sizeof(*subscriptions));

    if (subscriptions == NULL)
        return NULL;
    subscriptions->wakeup = wakeup;
    subscriptions->commands.limit = SIZE_MAX / 2;
    (void)pthread_mutex_init(&subscriptions->mutex, NULL);
    (void)pthread_cond_init(&subscriptions->called, NULL);
    return subscriptions;
}

void subscriptions_free(struct subscriptions *subscriptions)
{
    if (subscriptions == NULL)
        return;
    assert(subscriptions->channels == NULL);
    buffer_deinit(&subscriptions->commands);
    (void)pthread_cond_destroy(&subscriptions->called);
    (void)pthread_mutex_destroy(&subscriptions->mutex);
    free(subscriptions);
}

static void queue_command(struct subscriptions *subscriptions, const char *verb,
                          const char *channel)
{
    buffer_append_format(&subscriptions->commands, "*2\r\n$%zu\r\n%s\r\n$%zu\r\n%s\r\n",
                         strlen(verb), verb, strlen(channel), channel);
}

static uint64_t queue_subscribe(struct subscriptions *subscriptions, const struct channel *channel)
{
    queue_command(subscriptions, "SUBSCRIBE", channel->name);
    return ++subscriptions->asked;
}

static struct channel *find_channel(struct subscriptions *subscriptions, const char *name)
{
    /* tfind() only reads the key, but takes it as it would take one to keep. */
    const struct {
        const char *name;
    } key = {name};
    struct channel *const *found = tfind(&key, &subscriptions->channels, compare_channels);

    return found != NULL ? *found : NULL;
}

static void channel_free(struct channel *channel)
{
    free(channel->name);
    free(channel);
}

/* NULL: no memory. */
static struct channel *make_channel(struct subscriptions *subscriptions, const char *name)
{
    struct channel *channel = calloc(1, sizeof(*channel));

    if (channel == NULL)
        return NULL;
    channel->name = strdup(name);
    if (channel->name != NULL &&
        tsearch(channel, &subscriptions->channels, compare_channels) != NULL)
        return channel;
    channel_free(channel);
    return NULL;
}

static void link_subscription(struct channel *channel, struct redis_subscription *subscription)
{
    subscription->channel = channel;
    subscription->next = channel->first;
    if (channel->first != NULL)
        channel->first->previous = subscription;
    channel->first = subscription;
}

static bool add_locked(struct subscriptions *subscriptions, const char *name,
                       struct redis_subscription *subscription)
{
    struct channel *channel = find_channel(subscriptions, name);

    if (channel == NULL)
        channel = make_channel(subscriptions, name);
    if (channel == NULL)
        return false;
    link_subscription(channel, subscription);
    /* Also for a channel that is there: the answer is what greets the newcomer. */
    if (subscriptions->connected)
        subscription->ticket = queue_subscribe(subscriptions, channel);
    return true;
}

int subscriptions_add(struct subscriptions *subscriptions, const char *channel,
                      redis_message_fn message, void *context,
                      struct redis_subscription **ret_subscription, struct error *error)
{
    CLEANUP(cleanup_free)
    struct redis_subscription *subscription = calloc(1, sizeof(*subscription));
    bool added;

    if (subscription == NULL)
        return error_set(error, FAULT_HARD, "no memory");
    *subscription =
        (struct redis_subscription){.owner = subscriptions, .message = message, .context = context};
    (void)pthread_mutex_lock(&subscriptions->mutex);
    added = add_locked(subscriptions, channel, subscription);
    if (added)
        *ret_subscription = TAKE(subscription);
    (void)pthread_mutex_unlock(&subscriptions->mutex);
    if (!added)
        return error_set(error, FAULT_HARD, "no memory");
    redis_wakeup_send(subscriptions->wakeup);
    return 0;
}

static void unlink_subscription(struct redis_subscription *subscription)
{
    if (subscription->previous != NULL)
        subscription->previous->next = subscription->next;
    else
        subscription->channel->first = subscription->next;
    if (subscription->next != NULL)
        subscription->next->previous = subscription->previous;
}

static void drop_channel(struct subscriptions *subscriptions, struct channel *channel)
{
    (void)tdelete(channel, &subscriptions->channels, compare_channels);
    if (subscriptions->connected)
        queue_command(subscriptions, "UNSUBSCRIBE", channel->name);
    channel_free(channel);
}

void redis_unsubscribe(struct redis_subscription *subscription)
{
    struct subscriptions *owner;

    if (subscription == NULL)
        return;
    owner = subscription->owner;
    (void)pthread_mutex_lock(&owner->mutex);
    if (owner->next == subscription)
        owner->next = subscription->next;
    unlink_subscription(subscription);
    if (subscription->channel->first == NULL)
        drop_channel(owner, subscription->channel);
    while (owner->running == subscription)
        (void)pthread_cond_wait(&owner->called, &owner->mutex);
    (void)pthread_mutex_unlock(&owner->mutex);
    free(subscription);
    redis_wakeup_send(owner->wakeup);
}

static void subscribe_again(const void *node, VISIT visit, void *closure)
{
    const struct channel *channel = *(struct channel *const *)node;
    struct subscriptions *subscriptions = closure;

    if (visit != postorder && visit != leaf)
        return;
    (void)queue_subscribe(subscriptions, channel);
    for (struct redis_subscription *at = channel->first; at != NULL; at = at->next) {
        at->ticket = subscriptions->asked;
        at->greeted = false;
    }
}

void subscriptions_connected(struct subscriptions *subscriptions)
{
    (void)pthread_mutex_lock(&subscriptions->mutex);
    subscriptions->connected = true;
    subscriptions->asked = subscriptions->granted = 0;
    twalk_r(subscriptions->channels, subscribe_again, subscriptions);
    (void)pthread_mutex_unlock(&subscriptions->mutex);
}

void subscriptions_disconnected(struct subscriptions *subscriptions)
{
    (void)pthread_mutex_lock(&subscriptions->mutex);
    subscriptions->connected = false;
    buffer_deinit(&subscriptions->commands);
    (void)pthread_mutex_unlock(&subscriptions->mutex);
}

void subscriptions_take_commands(struct subscriptions *subscriptions, struct buffer *output)
{
    (void)pthread_mutex_lock(&subscriptions->mutex);
    if (subscriptions->commands.overflown)
        output->overflown = true;
    buffer_append(output, subscriptions->commands.data, subscriptions->commands.length);
    buffer_reset(&subscriptions->commands);
    (void)pthread_mutex_unlock(&subscriptions->mutex);
}

/* Without the mutex, so that a callback may subscribe and a slow one holds up only its own. */
static void call(struct subscriptions *subscriptions, struct redis_subscription *subscription,
                 const char *channel, const char *message, size_t length)
{
    subscriptions->running = subscription;
    (void)pthread_mutex_unlock(&subscriptions->mutex);
    subscription->message(subscription->context, channel, message, length);
    (void)pthread_mutex_lock(&subscriptions->mutex);
    subscriptions->running = NULL;
    (void)pthread_cond_broadcast(&subscriptions->called);
}

/* Whom a reply concerns: a message those greeted before, a grant those it greets. */
static bool concerns(const struct subscriptions *subscriptions,
                     struct redis_subscription *subscription, bool is_message)
{
    if (is_message || subscription->greeted)
        return is_message && subscription->greeted;
    subscription->greeted = subscription->ticket <= subscriptions->granted;
    return subscription->greeted;
}

static void call_channel(struct subscriptions *subscriptions, const char *name, const char *message,
                         size_t length)
{
    const struct channel *channel = find_channel(subscriptions, name);
    struct redis_subscription *at = channel != NULL ? channel->first : NULL;

    for (; at != NULL; at = subscriptions->next) {
        subscriptions->next = at->next;
        if (concerns(subscriptions, at, message != NULL))
            call(subscriptions, at, name, message, length);
    }
}

static bool is_text(const struct redisReply *reply)
{
    return reply->type == REDIS_REPLY_STRING;
}

void subscriptions_hear(struct subscriptions *subscriptions, const struct redisReply *reply)
{
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements < 3 || !is_text(reply->element[0]) ||
        !is_text(reply->element[1]))
        return;
    (void)pthread_mutex_lock(&subscriptions->mutex);
    if (strcmp(reply->element[0]->str, "subscribe") == 0) {
        ++subscriptions->granted;
        call_channel(subscriptions, reply->element[1]->str, NULL, 0);
    } else if (strcmp(reply->element[0]->str, "message") == 0 && is_text(reply->element[2])) {
        call_channel(subscriptions, reply->element[1]->str, reply->element[2]->str,
                     reply->element[2]->len);
    }
    (void)pthread_mutex_unlock(&subscriptions->mutex);
}
