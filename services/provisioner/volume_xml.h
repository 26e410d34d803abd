/* libvirt's storage volume XML. Pure. */
#pragma once

#include "lib/base/error.h"

#include <stdbool.h>
#include <stdint.h>

enum { VOLUME_FORMAT_SIZE = 16 };

struct volume_plan {
    const char *name;
    uint64_t capacity_bytes;
    /* Takes room as it is written to; else the node may take all of it at once. */
    bool sparse;
    const char *format;
    /* What it begins as, and keeps its differences to; NULL: nothing. */
    const char *backing_path;
    const char *backing_format;
};

/* FAULT_HARD: a text that is not printable ASCII, or no memory. */
MUST_CHECK int volume_xml_write(const struct volume_plan *plan, char **ret_xml,
                                struct error *error);

/* Reads the format of a volume from virStorageVolGetXMLDesc(). FAULT_HARD: it names none. */
MUST_CHECK int volume_xml_read_format(const char *xml, size_t length,
                                      char ret_format[static VOLUME_FORMAT_SIZE],
                                      struct error *error);
