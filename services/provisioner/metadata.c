#include "services/provisioner/metadata.h"

#include "lib/base/encoding.h"

#include <sodium.h>
#include <string.h>

enum { document_limit = 16384, port_limit = 65535 };

static const char *const state_names[] = {
    [METADATA_BUILDING] = "building",
    [METADATA_BUILT] = "built",
    [METADATA_WORKING] = "working",
};

static void write_seal(const struct metadata *metadata, struct xml_writer *xml)
{
    char sealed[sodium_base64_ENCODED_LEN(METADATA_SEALED_MAX, sodium_base64_VARIANT_ORIGINAL)];

    (void)sodium_bin2base64(sealed, sizeof(sealed), metadata->sealed_password,
                            metadata->sealed_length, sodium_base64_VARIANT_ORIGINAL);
    xml_attribute(xml, "sealed_password", sealed);
    xml_attribute_number(xml, "seal_key_id", metadata->seal_key_id);
}

static void write_attributes(const struct metadata *metadata, struct xml_writer *xml)
{
    xml_attribute_number(xml, "vps_id", metadata->vps_id);
    xml_attribute_number(xml, "sequence", metadata->sequence);
    xml_attribute(xml, "state", state_names[metadata->state]);
    xml_attribute(xml, "step", metadata->step);
    xml_attribute(xml, "address", metadata->address);
    xml_attribute_number(xml, "port", metadata->port);
    xml_attribute(xml, "login", metadata->login);
    write_seal(metadata, xml);
    if (metadata->failure[0] != '\0')
        xml_attribute(xml, "failure", metadata->failure);
}

static int format_element(const struct metadata *metadata, const char *element,
                          void (*write)(const struct metadata *metadata, struct xml_writer *xml),
                          char **ret_xml, struct error *error)
{
    CLEANUP(xml_writer_deinit) struct xml_writer xml;
    char *text;

    xml_writer_init(&xml);
    xml_open(&xml, element);
    write(metadata, &xml);
    xml_close(&xml);
    text = xml_writer_take(&xml);
    if (text == NULL)
        return error_set(error, FAULT_HARD, "machine metadata can't be written as XML");
    *ret_xml = text;
    return 0;
}

int metadata_format(const struct metadata *metadata, char **ret_xml, struct error *error)
{
    return format_element(metadata, "machine", write_attributes, ret_xml, error);
}

int metadata_format_login(const struct metadata *metadata, char **ret_xml, struct error *error)
{
    return format_element(metadata, "login", write_seal, ret_xml, error);
}

void metadata_write(const struct metadata *metadata, struct xml_writer *xml)
{
    xml_open(xml, METADATA_PREFIX ":machine");
    xml_attribute(xml, "xmlns:" METADATA_PREFIX, METADATA_NAMESPACE);
    write_attributes(metadata, xml);
    xml_close(xml);
}

/* The read helpers return true when the attribute is not what it should be. */

static bool read_text(const xmlNode *node, const char *name, char *ret_text, size_t size)
{
    xmlChar *value = xmlGetNoNsProp(node, BAD_CAST name);
    const bool bad = value == NULL || strlen((const char *)value) >= size;

    if (!bad)
        memcpy(ret_text, value, strlen((const char *)value) + 1);
    xmlFree(value);
    return bad;
}

/* "" when it is not there. */
static bool read_optional(const xmlNode *node, const char *name, char *ret_text, size_t size)
{
    xmlChar *value = xmlGetNoNsProp(node, BAD_CAST name);
    const bool missing = value == NULL;

    xmlFree(value);
    ret_text[0] = '\0';
    return !missing && read_text(node, name, ret_text, size);
}

static bool read_number(const xmlNode *node, const char *name, uint64_t limit, uint64_t *ret_number)
{
    char text[24];

    return read_text(node, name, text, sizeof(text)) || decimal_parse_u64(text, ret_number) ||
           *ret_number > limit;
}

static bool read_number_u32(const xmlNode *node, const char *name, uint32_t limit,
                            uint32_t *ret_number)
{
    uint64_t number;

    if (read_number(node, name, limit, &number))
        return true;
    *ret_number = (uint32_t)number;
    return false;
}

static bool read_state(const xmlNode *node, enum metadata_state *ret_state)
{
    char text[16];

    if (read_text(node, "state", text, sizeof(text)))
        return true;
    for (size_t i = 0; i < ARRAY_LENGTH(state_names); ++i)
        if (strcmp(text, state_names[i]) == 0) {
            *ret_state = (enum metadata_state)i;
            return false;
        }
    return true;
}

static bool read_seal(const xmlNode *node, struct metadata *metadata)
{
    char text[sodium_base64_ENCODED_LEN(METADATA_SEALED_MAX, sodium_base64_VARIANT_ORIGINAL)];

    return read_text(node, "sealed_password", text, sizeof(text)) ||
           sodium_base642bin(metadata->sealed_password, sizeof(metadata->sealed_password), text,
                             strlen(text), NULL, &metadata->sealed_length, NULL,
                             sodium_base64_VARIANT_ORIGINAL) != 0 ||
           read_number_u32(node, "seal_key_id", UINT32_MAX, &metadata->seal_key_id);
}

static bool read_all(const xmlNode *node, struct metadata *metadata)
{
    return strcmp((const char *)node->name, "machine") != 0 ||
           read_number(node, "vps_id", UINT64_MAX, &metadata->vps_id) ||
           read_number(node, "sequence", UINT64_MAX, &metadata->sequence) ||
           read_state(node, &metadata->state) ||
           read_text(node, "step", metadata->step, sizeof(metadata->step)) ||
           read_text(node, "address", metadata->address, sizeof(metadata->address)) ||
           read_number_u32(node, "port", port_limit, &metadata->port) ||
           read_text(node, "login", metadata->login, sizeof(metadata->login)) ||
           read_seal(node, metadata) ||
           read_optional(node, "failure", metadata->failure, sizeof(metadata->failure));
}

static bool read_login(const xmlNode *node, struct metadata *metadata)
{
    return strcmp((const char *)node->name, "login") != 0 || read_seal(node, metadata);
}

/* `metadata` is what stands in the fields that the element does not have. */
static int parse_element(const char *text, size_t length, struct metadata metadata,
                         bool (*read)(const xmlNode *node, struct metadata *metadata),
                         struct metadata *ret_metadata, struct error *error)
{
    CLEANUP(xmlFreeDoc_cleanup) xmlDocPtr document = xml_parse(text, length, document_limit);

    if (document == NULL)
        return error_set(error, FAULT_HARD, "machine metadata is not XML of ours");
    if (read(xmlDocGetRootElement(document), &metadata))
        return error_set(error, FAULT_HARD, "machine metadata lacks a value or has a bad one");
    *ret_metadata = metadata;
    return 0;
}

int metadata_parse(const char *text, size_t length, struct metadata *ret_metadata,
                   struct error *error)
{
    return parse_element(text, length, (struct metadata){0}, read_all, ret_metadata, error);
}

int metadata_parse_login(const char *text, size_t length, struct metadata *metadata,
                         struct error *error)
{
    return parse_element(text, length, *metadata, read_login, metadata, error);
}
