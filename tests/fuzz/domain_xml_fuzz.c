/* A node's capabilities and descriptions, names of domains, and whatever text gets into the XML
 * that we write. */
#include "services/provisioner/domain_xml.h"
#include "services/provisioner/volume_xml.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static void write_volume(const char *text)
{
    CLEANUP(cleanup_free) char *xml = NULL;
    CLEANUP(xmlFreeDoc_cleanup) xmlDocPtr document = NULL;

    if (volume_xml_write(
            &(struct volume_plan){
                .name = text, .format = text, .backing_path = text, .backing_format = text},
            &xml, NULL) != 0)
        return;
    document = xml_parse(xml, strlen(xml), strlen(xml));
    assert(document != NULL);
}

static void read_descriptions(const char *text, size_t length)
{
    struct domain_volume volumes[DOMAIN_VOLUMES_MAX];
    char format[VOLUME_FORMAT_SIZE];
    size_t count = 0;

    (void)!volume_xml_read_format(text, length, format, NULL);
    if (domain_xml_read_volumes(text, length, 1, volumes, &count, NULL) == 0)
        for (size_t i = 0; i < count; ++i)
            assert(strncmp(volumes[i].name, "vps-1-", 6) == 0);
}

/* What we write names the volumes that we put in. */
static void find_disks(const char *xml, const struct domain_disks *disks)
{
    struct domain_volume volumes[DOMAIN_VOLUMES_MAX];
    size_t count = 0;

    assert(domain_xml_read_volumes(xml, strlen(xml), 1, volumes, &count, NULL) == 0);
    if (count == 0 && disks->pool[0] == '\0')
        return;
    assert(count == 2);
    assert(strcmp(volumes[0].name, disks->root) == 0 && strcmp(volumes[1].name, disks->seed) == 0);
}

static void write_and_parse(const struct domain_guest *guest, const char *text)
{
    struct domain_disks disks;
    struct metadata metadata = {.vps_id = 1, .sequence = 1, .port = 22, .login = "root"};
    const struct domain_plan plan = {.uuid = "00000000-0000-4000-8000-000000000000",
                                     .guest = guest,
                                     .vcpu = 1,
                                     .ram_mb = 1,
                                     .network = text,
                                     .filter = text,
                                     .address6 = text,
                                     .disks = &disks,
                                     .metadata = &metadata};
    CLEANUP(cleanup_free) char *xml = NULL;
    CLEANUP(xmlFreeDoc_cleanup) xmlDocPtr document = NULL;

    domain_name_disks(1, plan.uuid, text, guest, &disks);
    (void)snprintf(disks.folder, sizeof(disks.folder), "%s", text);
    (void)snprintf(metadata.address, sizeof(metadata.address), "%s", text);
    if (domain_xml_write(&plan, &xml, NULL) != 0)
        return;
    document = xml_parse(xml, strlen(xml), strlen(xml));
    assert(document != NULL);
    find_disks(xml, &disks);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct domain_guest guest = {"test", "hvm", "i686", false};
    char text[256];
    uint64_t vps_id;

    (void)!domain_xml_read_guest((const char *)data, size, &guest, NULL);
    (void)snprintf(text, sizeof(text), "%.*s", (int)(size < 255 ? size : 255), (const char *)data);
    (void)!domain_name_parse(text, &vps_id);
    read_descriptions((const char *)data, size);
    write_and_parse(&guest, text);
    write_and_parse(&(struct domain_guest){"lxc", "exe", "x86_64", false}, text);
    write_volume(text);
    return 0;
}
