/* The catalog as a JSON file; deploy/local/catalog.json is one. Pure but for reading the file. */
#pragma once

#include "services/billing/catalog.h"

/* FAULT_HARD names the path of the first member that is wrong. The version stays 0. */
MUST_CHECK int catalog_file_parse(const char *json, size_t length, struct catalog **ret_catalog,
                                  struct error *error);
MUST_CHECK int catalog_file_read(const char *path, struct catalog **ret_catalog,
                                 struct error *error);
