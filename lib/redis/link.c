#include "lib/redis/link.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <hiredis/hiredis.h>
#include <sodium.h>

enum { RECEIVE_SIZE = 65536 };

static struct timeval timeval_ms(int64_t duration_ms)
{
    return (struct timeval){.tv_sec = duration_ms / 1000, .tv_usec = duration_ms % 1000 * 1000};
}

static int poll_timeout(int64_t timeout_ms)
{
    const int64_t longest_ms = 3600000;

    return (int)(timeout_ms < longest_ms ? timeout_ms : longest_ms);
}

static int lost(struct error *error, const char *why)
{
    return error_set(error, FAULT_RETRY, "Redis connection: %s", why);
}

static int check_reply(redisContext *context, redisReply *reply, struct error *error)
{
    int result = 0;

    if (reply == NULL)
        return lost(error, context->errstr);
    if (reply->type == REDIS_REPLY_ERROR)
        result = lost(error, reply->str);
    freeReplyObject(reply);
    return result;
}

/* The PING finds a server that wants a password or is still loading its data. */
static int authenticate(redisContext *context, const struct redis_address *address,
                        struct error *error)
{
    int result = 0;

    if (redisSetTimeout(context, timeval_ms(address->answer_timeout_ms)) != REDIS_OK)
        return lost(error, context->errstr);
    if (address->password[0] != '\0')
        result = check_reply(context, redisCommand(context, "AUTH %s", address->password), error);
    if (result == 0)
        result = check_reply(context, redisCommand(context, "PING"), error);
    return result;
}

int redis_link_open(struct redis_link *link, const struct redis_address *address,
                    struct error *error)
{
    const struct timeval timeout = timeval_ms(address->connect_timeout_ms);
    int result;

    redis_link_close(link);
    /* What may wait here is bounded by the client's queue, not by the buffer. */
    link->output.limit = SIZE_MAX / 2;
    link->context = redisConnectWithTimeout(address->host, (int)address->port, timeout);
    if (link->context == NULL)
        return lost(error, "no memory");
    if (link->context->err != 0)
        result = lost(error, link->context->errstr);
    else
        result = authenticate(link->context, address, error);
    if (result != 0)
        redis_link_close(link);
    return result;
}

void redis_link_close(struct redis_link *link)
{
    if (link->context != NULL)
        redisFree(link->context);
    link->context = NULL;
    buffer_deinit(&link->output);
    link->sent = 0;
}

static int send_output(struct redis_link *link, struct error *error)
{
    struct buffer *output = &link->output;

    if (output->overflown)
        return lost(error, "no memory");
    while (link->sent < output->length) {
        const ssize_t part = send(link->context->fd, output->data + link->sent,
                                  output->length - link->sent, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (part < 0 && errno == EINTR)
            continue;
        if (part < 0)
            return errno == EAGAIN ? 0 : lost(error, "cannot send");
        link->sent += (size_t)part;
    }
    buffer_reset(output);
    link->sent = 0;
    return 0;
}

static int receive(struct redis_link *link, struct error *error)
{
    char bytes[RECEIVE_SIZE];
    const ssize_t length = recv(link->context->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

    if (length < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : lost(error, "cannot receive");
    if (length == 0)
        return lost(error, "closed by the server");
    if (redisReaderFeed(link->context->reader, bytes, (size_t)length) != REDIS_OK)
        return lost(error, link->context->reader->errstr);
    return 0;
}

static void drain_wakeup(int wakeup)
{
    uint64_t count;

    (void)!read(wakeup, &count, sizeof(count));
}

int redis_link_exchange(struct redis_link *link, int wakeup, int64_t timeout_ms,
                        struct error *error)
{
    struct pollfd ends[] = {
        {.fd = link->context->fd, .events = POLLIN},
        {.fd = wakeup,            .events = POLLIN},
    };
    int result = send_output(link, error);

    if (result != 0)
        return result;
    if (link->sent < link->output.length)
        ends[0].events |= POLLOUT;
    if (poll(ends, ARRAY_LENGTH(ends), poll_timeout(timeout_ms)) <= 0)
        return 0;
    if (ends[1].revents != 0)
        drain_wakeup(wakeup);
    return (ends[0].revents & ~POLLOUT) != 0 ? receive(link, error) : 0;
}

int redis_link_next_reply(struct redis_link *link, struct redisReply **ret_reply,
                          struct error *error)
{
    void *reply = NULL;

    if (redisReaderGetReply(link->context->reader, &reply) != REDIS_OK)
        return lost(error, link->context->reader->errstr);
    *ret_reply = reply;
    return 0;
}

int redis_address_init(struct redis_address *address, const struct redis_options *options,
                       struct error *error)
{
    *address = (struct redis_address){
        .host = strdup(options->host),
        .password = strdup(options->password != NULL ? options->password : ""),
        .port = options->port,
        .connect_timeout_ms = options->connect_timeout_ms,
        .answer_timeout_ms = options->answer_timeout_ms,
    };
    if (address->host != NULL && address->password != NULL)
        return 0;
    redis_address_deinit(address);
    return error_set(error, FAULT_HARD, "no memory");
}

void redis_address_deinit(struct redis_address *address)
{
    if (address->password != NULL)
        sodium_memzero(address->password, strlen(address->password));
    free(address->password);
    free(address->host);
    *address = (struct redis_address){0};
}

void redis_wakeup_wait(int wakeup, int64_t timeout_ms)
{
    struct pollfd end = {.fd = wakeup, .events = POLLIN};

    if (poll(&end, 1, poll_timeout(timeout_ms)) > 0)
        drain_wakeup(wakeup);
}

void redis_wakeup_send(int wakeup)
{
    const uint64_t one = 1;

    (void)!write(wakeup, &one, sizeof(one));
}
