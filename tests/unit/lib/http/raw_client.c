#include "raw_client.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

int raw_connect(uint16_t port)
{
    const struct sockaddr_in where = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    const struct timeval patience = {.tv_sec = 10};
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&where, sizeof(where)), 0);
    return fd;
}

bool raw_try_send(int fd, const void *data, size_t length)
{
    const char *at = data;

    while (length > 0) {
        const ssize_t sent = send(fd, at, length, MSG_NOSIGNAL);

        if (sent <= 0)
            return false;
        at += sent;
        length -= (size_t)sent;
    }
    return true;
}

void raw_send(int fd, const char *text)
{
    assert_true(raw_try_send(fd, text, strlen(text)));
}

const char *raw_header(const struct raw_answer *answer, const char *name)
{
    const size_t length = strlen(name);

    for (const char *line = strstr(answer->text, "\r\n"); line != NULL && line < answer->body - 2;
         line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line + 2, name, length) == 0 && line[2 + length] == ':')
            return line + 2;
    }
    return NULL;
}

/* The next byte, one at a time so that a following answer stays in the socket. */
static char next_byte(int fd)
{
    char byte;

    assert_int_equal(recv(fd, &byte, 1, 0), 1);
    return byte;
}

static void read_bytes(int fd, struct raw_answer *answer, size_t *length, size_t count)
{
    while (count-- > 0) {
        assert_true(*length + 1 < sizeof(answer->text));
        answer->text[(*length)++] = next_byte(fd);
    }
    answer->text[*length] = '\0';
}

static void read_chunks(int fd, struct raw_answer *answer, size_t *length)
{
    for (;;) {
        char line[32] = "";
        size_t size;

        for (size_t i = 0; i < sizeof(line) - 1 && strchr(line, '\n') == NULL; i++)
            line[i] = next_byte(fd);
        size = strtoul(line, NULL, 16);
        read_bytes(fd, answer, length, size);
        assert_int_equal(next_byte(fd), '\r');
        assert_int_equal(next_byte(fd), '\n');
        if (size == 0)
            return;
    }
}

void raw_receive(int fd, struct raw_answer *ret_answer)
{
    const char *content_length;
    size_t length = 0;

    ret_answer->text[0] = '\0';
    while (length < 4 || strcmp(ret_answer->text + length - 4, "\r\n\r\n") != 0)
        read_bytes(fd, ret_answer, &length, 1);
    assert_memory_equal(ret_answer->text, "HTTP/1.1 ", 9);
    ret_answer->status = (unsigned)strtoul(ret_answer->text + 9, NULL, 10);
    ret_answer->body = ret_answer->text + length;
    content_length = raw_header(ret_answer, "Content-Length");
    if (content_length != NULL)
        read_bytes(fd, ret_answer, &length, strtoul(content_length + 15, NULL, 10));
    else if (raw_header(ret_answer, "Transfer-Encoding") != NULL)
        read_chunks(fd, ret_answer, &length);
    ret_answer->body_length = (size_t)(ret_answer->text + length - ret_answer->body);
}

void raw_exchange(uint16_t port, const char *request, struct raw_answer *ret_answer)
{
    const int fd = raw_connect(port);

    raw_send(fd, request);
    raw_receive(fd, ret_answer);
    (void)close(fd);
}

bool raw_is_closed(int fd)
{
    char byte;

    return recv(fd, &byte, 1, 0) <= 0;
}
