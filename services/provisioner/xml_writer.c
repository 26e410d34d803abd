#include "services/provisioner/xml_writer.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

void xml_writer_init(struct xml_writer *xml)
{
    *xml = (struct xml_writer){.buffer = xmlBufferCreate()};
    if (xml->buffer != NULL)
        xml->writer = xmlNewTextWriterMemory(xml->buffer, 0);
    xml->failed = xml->writer == NULL;
}

void xml_writer_deinit(struct xml_writer *xml)
{
    if (xml->writer != NULL)
        xmlFreeTextWriter(xml->writer);
    if (xml->buffer != NULL)
        xmlBufferFree(xml->buffer);
    *xml = (struct xml_writer){.failed = true};
}

static bool is_plain(const char *text)
{
    for (; *text != '\0'; ++text)
        if (*text < 0x20 || *text > 0x7e)
            return false;
    return true;
}

void xml_open(struct xml_writer *xml, const char *element)
{
    if (!xml->failed)
        xml->failed = xmlTextWriterStartElement(xml->writer, BAD_CAST element) < 0;
}

void xml_close(struct xml_writer *xml)
{
    if (!xml->failed)
        xml->failed = xmlTextWriterEndElement(xml->writer) < 0;
}

void xml_attribute(struct xml_writer *xml, const char *name, const char *value)
{
    if (!xml->failed)
        xml->failed = !is_plain(value) ||
                      xmlTextWriterWriteAttribute(xml->writer, BAD_CAST name, BAD_CAST value) < 0;
}

void xml_attribute_number(struct xml_writer *xml, const char *name, uint64_t value)
{
    char text[24];

    (void)snprintf(text, sizeof(text), "%" PRIu64, value);
    xml_attribute(xml, name, text);
}

void xml_text(struct xml_writer *xml, const char *text)
{
    if (!xml->failed)
        xml->failed = !is_plain(text) || xmlTextWriterWriteString(xml->writer, BAD_CAST text) < 0;
}

void xml_element(struct xml_writer *xml, const char *element, const char *text)
{
    xml_open(xml, element);
    xml_text(xml, text);
    xml_close(xml);
}

char *xml_writer_take(struct xml_writer *xml)
{
    if (xml->failed || xmlTextWriterFlush(xml->writer) < 0)
        return NULL;
    return strdup((const char *)xmlBufferContent(xml->buffer));
}

xmlDocPtr xml_parse(const char *text, size_t length, size_t limit)
{
    const int options =
        XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_COMPACT;
    xmlDocPtr document;

    if (length > limit || length > INT_MAX)
        return NULL;
    document = xmlReadMemory(text, (int)length, NULL, NULL, options);
    /* Without NOENT and DTDLOAD nothing is expanded or fetched; no document of ours has a DTD at
     * all. */
    if (document != NULL &&
        (document->intSubset != NULL || xmlDocGetRootElement(document) == NULL)) {
        xmlFreeDoc(document);
        return NULL;
    }
    return document;
}
