#include "services/provisioner/login_check.h"

#include <libssh/libssh.h>
#include <stdbool.h>

static void end_session(ssh_session *session)
{
    if (*session == NULL)
        return;
    ssh_disconnect(*session);
    ssh_free(*session);
}

/* Whose key the machine shows is not asked: it has made it a moment ago, and the network holds
 * every machine to its address. Nothing of the worker's own SSH settings counts. True when it can't
 * be set. */
static bool prepare(ssh_session session, const struct login_target *target)
{
    const unsigned port = target->port;
    const long timeout_us = (long)target->timeout_ms * 1000;
    const bool no = false;
    const int quiet = SSH_LOG_NOLOG;

    return ssh_options_set(session, SSH_OPTIONS_LOG_VERBOSITY, &quiet) < 0 ||
           ssh_options_set(session, SSH_OPTIONS_PROCESS_CONFIG, &no) < 0 ||
           ssh_options_set(session, SSH_OPTIONS_HOST, target->address) < 0 ||
           ssh_options_set(session, SSH_OPTIONS_PORT, &port) < 0 ||
           ssh_options_set(session, SSH_OPTIONS_USER, target->login) < 0 ||
           ssh_options_set(session, SSH_OPTIONS_TIMEOUT_USEC, &timeout_us) < 0;
}

int login_check(const struct login_target *target, struct error *error)
{
    CLEANUP(end_session) ssh_session session = ssh_new();

    if (session == NULL || prepare(session, target))
        return error_set(error, FAULT_RETRY, "no SSH session can be made");
    if (ssh_connect(session) != SSH_OK)
        return error_set(error, FAULT_RETRY, "no SSH server answers: %.200s",
                         ssh_get_error(session));
    if (ssh_userauth_password(session, NULL, target->password) != SSH_AUTH_SUCCESS)
        return error_set(error, FAULT_RETRY, "the SSH server does not take the password");
    return 0;
}
