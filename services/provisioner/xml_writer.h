/* Writing XML piece by piece through libxml2, which escapes what needs it. A failure is remembered
 * and told once, at the end, so that callers write straight on. */
#pragma once

#include "lib/base/cleanup.h"

#include <libxml/parser.h>
#include <libxml/xmlwriter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Private; begin with xml_writer_init(). */
struct xml_writer {
    xmlBuffer *buffer;
    xmlTextWriter *writer;
    bool failed;
};

void xml_writer_init(struct xml_writer *xml);
void xml_writer_deinit(struct xml_writer *xml);

void xml_open(struct xml_writer *xml, const char *element);
void xml_close(struct xml_writer *xml);

/* Values are printable ASCII; anything else makes the document fail. */
void xml_attribute(struct xml_writer *xml, const char *name, const char *value);
void xml_attribute_number(struct xml_writer *xml, const char *name, uint64_t value);
void xml_text(struct xml_writer *xml, const char *text);

/* <element>text</element> */
void xml_element(struct xml_writer *xml, const char *element, const char *text);

/* The document, the caller's to free(). NULL: something could not be written. */
MUST_CHECK char *xml_writer_take(struct xml_writer *xml);

DEFINE_CLEANUP(xmlDocPtr, xmlFreeDoc)

/* Parses without network, without DTD and without entities; at most `limit` bytes. NULL: it is not
 * such a document. */
MUST_CHECK xmlDocPtr xml_parse(const char *text, size_t length, size_t limit);
