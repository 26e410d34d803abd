#include "slipctl/ssh_login.h"

#include "slipctl/call.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { PORT_LARGEST = 65535 };

void ssh_login_wipe(struct ssh_login *login)
{
    sodium_memzero(login, sizeof(*login));
}

static bool is_address(const char *text)
{
    struct in6_addr address;

    return inet_pton(AF_INET, text, &address) == 1 || inet_pton(AF_INET6, text, &address) == 1;
}

static bool is_name(const char *text)
{
    static const char first[] = "abcdefghijklmnopqrstuvwxyz_";
    static const char later[] = "abcdefghijklmnopqrstuvwxyz_0123456789-";

    return text[0] != '\0' && strchr(first, text[0]) != NULL && text[strspn(text, later)] == '\0';
}

/* True: missing, or too long. */
static bool copy_text(const json_t *object, const char *name, char *ret_text, size_t size)
{
    const char *text = json_string_value(json_object_get(object, name));

    if (text == NULL || strlen(text) >= size)
        return true;
    memcpy(ret_text, text, strlen(text) + 1);
    return false;
}

bool ssh_login_read(const json_t *credentials, struct ssh_login *ret_login)
{
    CLEANUP(ssh_login_wipe) struct ssh_login login = {0};
    const json_int_t port = json_integer_value(json_object_get(credentials, "port"));

    if (copy_text(credentials, "ip", login.address, sizeof(login.address)) ||
        copy_text(credentials, "login", login.name, sizeof(login.name)) ||
        copy_text(credentials, "password", login.password.text, sizeof(login.password.text)) ||
        !is_address(login.address) || !is_name(login.name) || port < 1 || port > PORT_LARGEST)
        return true;
    (void)snprintf(login.port, sizeof(login.port), "%d", (int)port);
    *ret_login = login;
    return false;
}

int ssh_login_ask(struct session *session, int64_t server_id, struct ssh_login *ret_login,
                  struct error *error)
{
    CLEANUP(answer_deinit) struct answer answer;
    char path[64];
    const struct call call = {.method = "GET", .path = path};
    json_t *credentials;
    bool is_broken;
    int result;

    answer_init(&answer);
    (void)snprintf(path, sizeof(path), "/vps/%" PRId64 "/credentials", server_id);
    result = call_send(session, &call, &answer, error);
    if (result != 0)
        return result;
    credentials = answer_json(&answer);
    is_broken = ssh_login_read(credentials, ret_login);
    json_decref(credentials);
    return is_broken ? outcome_set(error, OUTCOME_REFUSED, "The server's answer is no login.") : 0;
}
