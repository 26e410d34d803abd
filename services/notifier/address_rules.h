/* Which addresses a webhook may be sent to: those of the public internet only, so that nobody uses
 * us to look into our own network. Pure. Sources: the IANA special-purpose registries for IPv4 and
 * IPv6 (RFC 6890), RFC 6598 (carrier NAT), RFC 6052 and 8215 (NAT64), RFC 3056 (6to4), RFC 4380
 * (Teredo); the clouds' metadata addresses lie in the link-local and unique-local ranges. */
#pragma once

#include <stdbool.h>
#include <sys/socket.h>

/* The address itself, whatever port it names; families other than IPv4 and IPv6 are not public. */
bool address_is_public(const struct sockaddr *address);

/* 127.0.0.0/8 and ::1, also as an IPv4-mapped address. */
bool address_is_loopback(const struct sockaddr *address);

/* A numeric host as it stands in a URL, "10.0.0.1" or "[::1]", read into `ret_address`. False: it
 * is a name. */
bool address_parse(const char *host, struct sockaddr_storage *ret_address);
