/* A node's capabilities, names of domains, and whatever text gets into the XML of a domain of ours.
 */
#include "services/provisioner/domain_xml.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static void write_and_parse(const struct domain_guest *guest, const char *text)
{
    struct metadata metadata = {.vps_id = 1, .sequence = 1, .port = 22, .login = "root"};
    const struct domain_plan plan = {.uuid = "00000000-0000-4000-8000-000000000000",
                                     .guest = guest,
                                     .vcpu = 1,
                                     .ram_mb = 1,
                                     .network = text,
                                     .metadata = &metadata};
    CLEANUP(cleanup_free) char *xml = NULL;
    CLEANUP(xmlFreeDoc_cleanup) xmlDocPtr document = NULL;

    (void)snprintf(metadata.address, sizeof(metadata.address), "%s", text);
    if (domain_xml_write(&plan, &xml, NULL) != 0)
        return;
    document = xml_parse(xml, strlen(xml), strlen(xml));
    assert(document != NULL);
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
    write_and_parse(&guest, text);
    return 0;
}
