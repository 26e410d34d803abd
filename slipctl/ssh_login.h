/* The login of a server, checked before any of it comes near a command line: a server's answer must
 * not become an option of ssh. */
#pragma once

#include "slipctl/session.h"

struct ssh_login {
    /* Numeric, IPv4 or IPv6. */
    char address[64];
    /* 1 to 65535. */
    char port[8];
    /* As useradd(8) takes it. */
    char name[33];
    struct secret password;
};

/* Pure. True: it is no login. */
MUST_CHECK bool ssh_login_read(const json_t *credentials, struct ssh_login *ret_login);

/* Asks the API. 0, or an outcome. */
MUST_CHECK int ssh_login_ask(struct session *session, int64_t server_id,
                             struct ssh_login *ret_login, struct error *error);

void ssh_login_wipe(struct ssh_login *login);
