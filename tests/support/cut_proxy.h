/* A TCP relay on loopback that can lose answers: what the client sends still reaches the server,
 * what the server says no longer reaches the client. For tests of outcomes that nobody can know. */
#pragma once

#include "lib/base/cleanup.h"

#include <stdint.h>

struct cut_proxy;

/* Relays to 127.0.0.1:`port`, one connection after the other. NULL: no port or memory. */
struct cut_proxy *cut_proxy_new(uint16_t port);
/* Accepts NULL. */
void cut_proxy_free(struct cut_proxy *proxy);
DEFINE_CLEANUP(struct cut_proxy *, cut_proxy_free)

uint16_t cut_proxy_port(const struct cut_proxy *proxy);

/* The next thing that the server says on the present connection ends it, unheard. */
void cut_proxy_lose_next_answer(struct cut_proxy *proxy);
