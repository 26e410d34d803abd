/* Whatever text gets into a guest's first orders: each document is one that a reader understands,
 * and the text is where it was put and nowhere else. */
#include "services/provisioner/cloud_init.h"

#include <assert.h>
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static json_t *read(const char *document)
{
    json_t *json = json_loads(strchr(document, '{'), JSON_REJECT_DUPLICATES, NULL);

    assert(json != NULL);
    return json;
}

static void check(const struct cloud_init *documents, const char *text)
{
    json_t *meta = read(documents->meta_data), *user = read(documents->user_data);
    json_t *network = read(documents->network_config);
    const char *name = NULL, *hash = NULL, *gateway = NULL;

    assert(strncmp(documents->user_data, "#cloud-config\n{", 15) == 0);
    assert(json_unpack(meta, "{s:s}", "local-hostname", &name) == 0 && strcmp(name, text) == 0);
    assert(json_object_size(user) == 5);
    assert(json_unpack(user, "{s:{s:[{s:s}]}}", "chpasswd", "users", "password", &hash) == 0);
    assert(strcmp(hash, text) == 0);
    assert(json_unpack(network, "{s:{s:{s:[{s:s}]}}}", "ethernets", "public", "routes", "via",
                       &gateway) == 0);
    assert(strcmp(gateway, text) == 0);
    json_decref(meta);
    json_decref(user);
    json_decref(network);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(cloud_init_deinit) struct cloud_init documents = {.meta_data = NULL};
    char text[256];
    const struct cloud_init_plan plan = {.instance_id = text,
                                         .hostname = text,
                                         .login = text,
                                         .password_hash = text,
                                         .mac = text,
                                         .address = "192.0.2.7",
                                         .prefix_length = 24,
                                         .gateway = text,
                                         .address6 = text,
                                         .prefix_length6 = 64,
                                         .gateway6 = text,
                                         .nameservers = text};

    (void)snprintf(text, sizeof(text), "%.*s", (int)(size < 255 ? size : 255), (const char *)data);
    if (cloud_init_write(&plan, &documents, NULL) == 0)
        check(&documents, text);
    return 0;
}
