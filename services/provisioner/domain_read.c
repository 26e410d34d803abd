#include "services/provisioner/domain_xml.h"

#include <stdio.h>
#include <string.h>

enum { capabilities_limit = 4 << 20, domain_limit = 1 << 20 };

static void free_text(xmlChar **text)
{
    xmlFree(*text);
}

static bool is_element(const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0;
}

static xmlNode *find_child(const xmlNode *parent, const char *name)
{
    for (xmlNode *node = parent->children; node != NULL; node = node->next)
        if (is_element(node, name))
            return node;
    return NULL;
}

/* Takes `value`. True when it is missing, empty or too long. */
static bool copy_text(xmlChar *value, char *ret_text, size_t size)
{
    const size_t length = value != NULL ? strlen((const char *)value) : 0;
    const bool bad = length == 0 || length >= size;

    if (!bad)
        memcpy(ret_text, value, length + 1);
    xmlFree(value);
    return bad;
}

static bool copy_word(xmlChar *value, char ret_word[static DOMAIN_WORD_SIZE])
{
    return copy_text(value, ret_word, DOMAIN_WORD_SIZE);
}

/* <host><cpu><arch>; untouched when the node does not say. */
static void read_host(const xmlNode *root, char ret_arch[static DOMAIN_WORD_SIZE])
{
    const xmlNode *host = find_child(root, "host");
    const xmlNode *cpu = host != NULL ? find_child(host, "cpu") : NULL;
    const xmlNode *arch = cpu != NULL ? find_child(cpu, "arch") : NULL;

    if (arch != NULL)
        (void)copy_word(xmlNodeGetContent(arch), ret_arch);
}

static bool lists_kvm(const xmlNode *arch)
{
    for (const xmlNode *node = arch->children; node != NULL; node = node->next) {
        CLEANUP(free_text) xmlChar *type = xmlGetNoNsProp(node, BAD_CAST "type");

        if (type != NULL && strcmp((const char *)type, "kvm") == 0)
            return true;
    }
    return false;
}

static bool read_guest(const xmlNode *node, struct domain_guest *ret_guest)
{
    const xmlNode *os_type = find_child(node, "os_type");
    const xmlNode *arch = find_child(node, "arch");
    const xmlNode *domain = arch != NULL ? find_child(arch, "domain") : NULL;

    ret_guest->has_kvm = arch != NULL && lists_kvm(arch);

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
    char host[DOMAIN_WORD_SIZE] = "";
    struct domain_guest guest, found = {.arch = ""};

    if (root != NULL)
        read_host(root, host);
    for (const xmlNode *node = root != NULL ? root->children : NULL; node != NULL;
         node = node->next)
        if (is_element(node, "guest") && !read_guest(node, &guest) &&
            (found.arch[0] == '\0' || strcmp(guest.arch, host) == 0))
            found = guest;
    if (found.arch[0] == '\0')
        return error_set(error, FAULT_HARD, "the node names no kind of guest it can run");
    *ret_guest = found;
    return 0;
}

/* Of a disk, by pool and name. True: it is none. */
static bool read_disk(const xmlNode *source, struct domain_volume *ret_volume)
{
    ret_volume->path[0] = '\0';
    return copy_text(xmlGetNoNsProp(source, BAD_CAST "pool"), ret_volume->pool,
                     sizeof(ret_volume->pool)) ||
           copy_text(xmlGetNoNsProp(source, BAD_CAST "volume"), ret_volume->name,
                     sizeof(ret_volume->name));
}

/* Of a container's file system, by its path. True: it is none. */
static bool read_file_system(const xmlNode *source, struct domain_volume *ret_volume)
{
    const char *name;

    ret_volume->pool[0] = '\0';
    if (copy_text(xmlGetNoNsProp(source, BAD_CAST "file"), ret_volume->path,
                  sizeof(ret_volume->path)) &&
        copy_text(xmlGetNoNsProp(source, BAD_CAST "dir"), ret_volume->path,
                  sizeof(ret_volume->path)))
        return true;
    name = strrchr(ret_volume->path, '/');
    if (name == NULL || strlen(name + 1) >= sizeof(ret_volume->name))
        return true;
    memcpy(ret_volume->name, name + 1, strlen(name + 1) + 1);
    return false;
}

/* True when the device is not a volume of that name's machine. */
static bool read_volume(const xmlNode *device, const char *prefix, struct domain_volume *ret_volume)
{
    const xmlNode *source = find_child(device, "source");
    bool other = true;

    if (source != NULL && is_element(device, "disk"))
        other = read_disk(source, ret_volume);
    else if (source != NULL && is_element(device, "filesystem"))
        other = read_file_system(source, ret_volume);
    return other || strncmp(ret_volume->name, prefix, strlen(prefix)) != 0;
}

int domain_xml_read_volumes(const char *xml, size_t length, uint64_t vps_id,
                            struct domain_volume ret_volumes[static DOMAIN_VOLUMES_MAX],
                            size_t *ret_count, struct error *error)
{
    CLEANUP(xmlFreeDoc_cleanup) xmlDocPtr document = xml_parse(xml, length, domain_limit);
    const xmlNode *root = document != NULL ? xmlDocGetRootElement(document) : NULL;
    const xmlNode *devices = root != NULL ? find_child(root, "devices") : NULL;
    struct domain_volume volume;
    char name[DOMAIN_NAME_SIZE], prefix[DOMAIN_NAME_SIZE + 1];
    size_t count = 0;

    if (devices == NULL)
        return error_set(error, FAULT_HARD, "the node's XML of a machine has no devices");
    (void)snprintf(prefix, sizeof(prefix), "%s-", domain_name(vps_id, name));
    for (const xmlNode *node = devices->children; node != NULL; node = node->next) {
        if (read_volume(node, prefix, &volume))
            continue;
        if (count == DOMAIN_VOLUMES_MAX)
            return error_set(error, FAULT_HARD, "a machine has more volumes than it was given");
        ret_volumes[count++] = volume;
    }
    *ret_count = count;
    return 0;
}
