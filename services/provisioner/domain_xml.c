#include "services/provisioner/domain_xml.h"

#include "lib/base/encoding.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    capabilities_limit = 4 << 20,
    mac_text_size = 18,
    /* 64 TiB. Far past any node; libvirt allocates by these numbers before it judges them. */
    ram_limit_mb = 64 << 20,
    vcpu_limit = 1024,
};

static const char name_prefix[] = "vps-";

const char *domain_name(uint64_t vps_id, char buffer[static DOMAIN_NAME_SIZE])
{
    (void)snprintf(buffer, DOMAIN_NAME_SIZE, "%s%" PRIu64, name_prefix, vps_id);
    return buffer;
}

bool domain_name_parse(const char *name, uint64_t *ret_vps_id)
{
    const size_t prefix = strlen(name_prefix);
    uint64_t vps_id;

    if (strncmp(name, name_prefix, prefix) != 0 || decimal_parse_u64(name + prefix, &vps_id) ||
        vps_id == 0)
        return true;
    *ret_vps_id = vps_id;
    return false;
}

/* Locally administered and unique by the VPS: two machines of one network never share it. */
static void format_mac(uint64_t vps_id, char ret_text[static mac_text_size])
{
    (void)snprintf(ret_text, mac_text_size, "02:%02x:%02x:%02x:%02x:%02x",
                   (unsigned)(vps_id >> 32 & 0xff), (unsigned)(vps_id >> 24 & 0xff),
                   (unsigned)(vps_id >> 16 & 0xff), (unsigned)(vps_id >> 8 & 0xff),
                   (unsigned)(vps_id & 0xff));
}

static void write_os(const struct domain_guest *guest, struct xml_writer *xml)
{
    xml_open(xml, "os");
    xml_open(xml, "type");
    xml_attribute(xml, "arch", guest->arch);
    xml_text(xml, guest->os_type);
    xml_close(xml);
    xml_close(xml);
}

/* An element with one attribute and nothing inside. */
static void write_mark(struct xml_writer *xml, const char *element, const char *name,
                       const char *value)
{
    xml_open(xml, element);
    xml_attribute(xml, name, value);
    xml_close(xml);
}

static void write_interface(const struct domain_plan *plan, struct xml_writer *xml)
{
    char mac[mac_text_size];

    format_mac(plan->metadata->vps_id, mac);
    xml_open(xml, "interface");
    xml_attribute(xml, "type", "network");
    write_mark(xml, "mac", "address", mac);
    write_mark(xml, "source", "network", plan->network);
    write_mark(xml, "model", "type", "virtio");
    xml_close(xml);
}

static void write_agent_channel(struct xml_writer *xml)
{
    xml_open(xml, "channel");
    xml_attribute(xml, "type", "unix");
    xml_open(xml, "target");
    xml_attribute(xml, "type", "virtio");
    xml_attribute(xml, "name", "org.qemu.guest_agent.0");
    xml_close(xml);
    xml_close(xml);
}

static void write_screen(struct xml_writer *xml)
{
    xml_open(xml, "graphics");
    xml_attribute(xml, "type", "vnc");
    xml_attribute(xml, "port", "-1");
    xml_attribute(xml, "autoport", "yes");
    xml_attribute(xml, "listen", "127.0.0.1");
    xml_close(xml);
}

static void write_devices(const struct domain_plan *plan, struct xml_writer *xml)
{
    xml_open(xml, "devices");
    if (plan->network != NULL)
        write_interface(plan, xml);
    if (plan->agent_channel)
        write_agent_channel(xml);
    if (plan->screen)
        write_screen(xml);
    xml_close(xml);
}

static void write_domain(const struct domain_plan *plan, struct xml_writer *xml)
{
    char text[DOMAIN_NAME_SIZE];

    xml_open(xml, "domain");
    xml_attribute(xml, "type", plan->guest->domain_type);
    xml_element(xml, "name", domain_name(plan->metadata->vps_id, text));
    xml_element(xml, "uuid", plan->uuid);
    xml_open(xml, "metadata");
    metadata_write(plan->metadata, xml);
    xml_close(xml);
    xml_open(xml, "memory");
    xml_attribute(xml, "unit", "MiB");
    (void)snprintf(text, sizeof(text), "%" PRIu32, plan->ram_mb);
    xml_text(xml, text);
    xml_close(xml);
    (void)snprintf(text, sizeof(text), "%" PRIu32, plan->vcpu);
    xml_element(xml, "vcpu", text);
    write_os(plan->guest, xml);
    xml_element(xml, "on_poweroff", "destroy");
    xml_element(xml, "on_reboot", "restart");
    xml_element(xml, "on_crash", "restart");
    write_devices(plan, xml);
    xml_close(xml);
}

int domain_xml_write(const struct domain_plan *plan, char **ret_xml, struct error *error)
{
    CLEANUP(xml_writer_deinit) struct xml_writer xml;
    char *text;

    xml_writer_init(&xml);
    if (plan->vcpu == 0 || plan->vcpu > vcpu_limit || plan->ram_mb == 0 ||
        plan->ram_mb > ram_limit_mb)
        return error_set(error, FAULT_HARD, "no machine has %" PRIu32 " vCPUs and %" PRIu32 " MiB",
                         plan->vcpu, plan->ram_mb);
    write_domain(plan, &xml);
    text = xml_writer_take(&xml);
    if (text == NULL)
        return error_set(error, FAULT_HARD, "the domain can't be written as XML");
    *ret_xml = text;
    return 0;
}

static xmlNode *find_child(const xmlNode *parent, const char *name)
{
    for (xmlNode *node = parent->children; node != NULL; node = node->next)
        if (node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0)
            return node;
    return NULL;
}

/* Takes `value`. True when it is missing, empty or too long. */
static bool copy_word(xmlChar *value, char ret_word[static DOMAIN_WORD_SIZE])
{
    const size_t length = value != NULL ? strlen((const char *)value) : 0;
    const bool bad = length == 0 || length >= DOMAIN_WORD_SIZE;

    if (!bad)
        memcpy(ret_word, value, length + 1);
    xmlFree(value);
    return bad;
}

static bool read_guest(const xmlNode *node, struct domain_guest *ret_guest)
{
    const xmlNode *os_type = find_child(node, "os_type");
    const xmlNode *arch = find_child(node, "arch");
    const xmlNode *domain = arch != NULL ? find_child(arch, "domain") : NULL;

    return os_type == NULL || domain == NULL ||
           copy_word(xmlNodeGetContent(os_type), ret_guest->os_type) ||
           copy_word(xmlGetNoNsProp(arch, BAD_CAST "name"), ret_guest->arch) ||
           copy_word(xmlGetNoNsProp(domain, BAD_CAST "type"), ret_guest->domain_type);
}

int domain_xml_read_guest(const char *capabilities, size_t length, struct domain_guest *ret_guest,
                          struct error *error)
{
    CLEANUP(xmlFreeDoc_cleanup)
    xmlDocPtr document = xml_parse(capabilities, length, capabilities_limit);
    const xmlNode *root = document != NULL ? xmlDocGetRootElement(document) : NULL;
    struct domain_guest guest;

    for (const xmlNode *node = root != NULL ? root->children : NULL; node != NULL;
         node = node->next)
        if (node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, "guest") == 0 &&
            !read_guest(node, &guest)) {
            *ret_guest = guest;
            return 0;
        }
    return error_set(error, FAULT_HARD, "the node names no kind of guest it can run");
}
