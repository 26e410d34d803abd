#include "services/provisioner/volume_xml.h"

#include "services/provisioner/xml_writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { volume_limit = 1 << 16 };

static void write_format(const char *format, struct xml_writer *xml)
{
    xml_open(xml, "format");
    xml_attribute(xml, "type", format);
    xml_close(xml);
}

static void write_volume(const struct volume_plan *plan, struct xml_writer *xml)
{
    char capacity[24];

    (void)snprintf(capacity, sizeof(capacity), "%" PRIu64, plan->capacity_bytes);
    xml_open(xml, "volume");
    xml_element(xml, "name", plan->name);
    xml_open(xml, "capacity");
    xml_attribute(xml, "unit", "bytes");
    xml_text(xml, capacity);
    xml_close(xml);
    if (plan->sparse)
        xml_element(xml, "allocation", "0");
    xml_open(xml, "target");
    write_format(plan->format, xml);
    xml_close(xml);
    if (plan->backing_path != NULL) {
        xml_open(xml, "backingStore");
        xml_element(xml, "path", plan->backing_path);
        write_format(plan->backing_format, xml);
        xml_close(xml);
    }
    xml_close(xml);
}

int volume_xml_write(const struct volume_plan *plan, char **ret_xml, struct error *error)
{
    CLEANUP(xml_writer_deinit) struct xml_writer xml;
    char *text;

    xml_writer_init(&xml);
    write_volume(plan, &xml);
    text = xml_writer_take(&xml);
    if (text == NULL)
        return error_set(error, FAULT_HARD, "the volume can't be written as XML");
    *ret_xml = text;
    return 0;
}

static const xmlNode *find_child(const xmlNode *parent, const char *name)
{
    for (const xmlNode *node = parent != NULL ? parent->children : NULL; node != NULL;
         node = node->next)
        if (node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0)
            return node;
    return NULL;
}

int volume_xml_read_format(const char *xml, size_t length,
                           char ret_format[static VOLUME_FORMAT_SIZE], struct error *error)
{
    CLEANUP(xmlFreeDoc_cleanup) xmlDocPtr document = xml_parse(xml, length, volume_limit);
    const xmlNode *root = document != NULL ? xmlDocGetRootElement(document) : NULL;
    const xmlNode *format = find_child(find_child(root, "target"), "format");
    xmlChar *type = format != NULL ? xmlGetNoNsProp(format, BAD_CAST "type") : NULL;
    const bool bad = type == NULL || strlen((const char *)type) >= VOLUME_FORMAT_SIZE;

    if (!bad)
        memcpy(ret_format, type, strlen((const char *)type) + 1);
    xmlFree(type);
    return bad ? error_set(error, FAULT_HARD, "the node does not say what format an image has") : 0;
}
