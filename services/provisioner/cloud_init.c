#include "services/provisioner/cloud_init.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { layout = JSON_INDENT(1) | JSON_ENSURE_ASCII };

static const char sshd_path[] = "/etc/ssh/sshd_config.d/10-slipway.conf";
static const char sshd_settings[] = "PermitRootLogin yes\nPasswordAuthentication yes\n";

void cloud_init_deinit(struct cloud_init *documents)
{
    free(documents->meta_data);
    free(documents->user_data);
    free(documents->network_config);
}

/* Takes `document`. NULL: it is NULL, or no memory. */
static char *dump(const char *head, json_t *document)
{
    CLEANUP(cleanup_free) char *body = document != NULL ? json_dumps(document, layout) : NULL;
    char *text = NULL;

    json_decref(document);
    if (body == NULL || asprintf(&text, "%s%s\n", head, body) < 0)
        return NULL;
    return text;
}

static char *write_meta_data(const struct cloud_init_plan *plan)
{
    return dump("", json_pack("{s:s, s:s}", "instance-id", plan->instance_id, "local-hostname",
                              plan->hostname));
}

/* Images differ in whether root may log in with a password, so it is said; sshd is told again
 * because it may have been faster. */
static char *write_user_data(const struct cloud_init_plan *plan)
{
    return dump(
        "#cloud-config\n",
        json_pack("{s:b, s:b, s:{s:b, s:[{s:s, s:s, s:s}]}, s:[{s:s, s:s, s:s}], s:[[sss]]}",
                  "disable_root", 0, "ssh_pwauth", 1, "chpasswd", "expire", 0, "users", "name",
                  plan->login, "password", plan->password_hash, "type", "hash", "write_files",
                  "path", sshd_path, "permissions", "0644", "content", sshd_settings, "runcmd",
                  "sh", "-c", "systemctl reload ssh || systemctl reload sshd || true"));
}

/* False: no memory. */
static bool append_nameservers(json_t *list, const char *text)
{
    size_t length;

    for (; *text != '\0'; text += length + (text[length] == ',')) {
        length = strcspn(text, ",");
        if (length != 0 && json_array_append_new(list, json_stringn(text, length)) != 0)
            return false;
    }
    return true;
}

/* Without any there must not even be an empty list: cloud-init refuses all of the card's settings
 * then. False: no memory. */
static bool add_nameservers(json_t *card, const char *text)
{
    json_t *list = json_array();
    bool done = append_nameservers(list, text);

    if (done && json_array_size(list) != 0)
        done = json_object_set_new(card, "nameservers", json_pack("{s:O}", "addresses", list)) == 0;
    json_decref(list);
    return done;
}

/* False: no memory, or no address is as long. */
static bool add_address(json_t *card, const char *address, uint32_t prefix_length,
                        const char *everywhere, const char *gateway)
{
    char text[80];

    if (snprintf(text, sizeof(text), "%s/%" PRIu32, address, prefix_length) >= (int)sizeof(text))
        return false;
    return json_array_append_new(json_object_get(card, "addresses"), json_string(text)) == 0 &&
           json_array_append_new(json_object_get(card, "routes"),
                                 json_pack("{s:s, s:s}", "to", everywhere, "via", gateway)) == 0;
}

static bool fill_card(const struct cloud_init_plan *plan, json_t *card)
{
    if (!add_address(card, plan->address, plan->prefix_length, "0.0.0.0/0", plan->gateway))
        return false;
    if (plan->address6[0] != '\0' &&
        !add_address(card, plan->address6, plan->prefix_length6, "::/0", plan->gateway6))
        return false;
    return add_nameservers(card, plan->nameservers);
}

static char *write_network_config(const struct cloud_init_plan *plan)
{
    json_t *card =
        json_pack("{s:{s:s}, s:[], s:[]}", "match", "macaddress", plan->mac, "addresses", "routes");

    if (card == NULL || !fill_card(plan, card)) {
        json_decref(card);
        return NULL;
    }
    return dump("", json_pack("{s:i, s:{s:o}}", "version", 2, "ethernets", "public", card));
}

int cloud_init_write(const struct cloud_init_plan *plan, struct cloud_init *ret_documents,
                     struct error *error)
{
    CLEANUP(cleanup_free) char *meta_data = write_meta_data(plan);
    CLEANUP(cleanup_free) char *user_data = write_user_data(plan);
    CLEANUP(cleanup_free) char *network_config = write_network_config(plan);

    if (meta_data == NULL || user_data == NULL || network_config == NULL)
        return error_set(error, FAULT_HARD, "the guest's first orders can't be written as JSON");
    *ret_documents = (struct cloud_init){TAKE(meta_data), TAKE(user_data), TAKE(network_config)};
    return 0;
}
