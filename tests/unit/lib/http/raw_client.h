/* A client that says exactly what it is told, byte by byte, as no well-behaved one would. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A connected socket; receiving from it gives up after 10 s. */
int raw_connect(uint16_t port);
void raw_send(int fd, const char *text);
/* False: the peer has closed. */
bool raw_try_send(int fd, const void *data, size_t length);

struct raw_answer {
    unsigned status;
    /* Head and body, NUL-terminated. */
    char text[65536];
    const char *body;
    size_t body_length;
};

/* Reads one answer, by its Content-Length or chunks (which are joined). Fails the test when none
 * comes. */
void raw_receive(int fd, struct raw_answer *ret_answer);
/* Sends all of `request` and reads one answer, over a connection of its own. */
void raw_exchange(uint16_t port, const char *request, struct raw_answer *ret_answer);
/* The peer closes without a further byte. */
bool raw_is_closed(int fd);
/* "Name: value" as it stands in the head; NULL: not there. Up to the caller's line end. */
const char *raw_header(const struct raw_answer *answer, const char *name);
