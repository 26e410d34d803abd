/* The ISO 9660 image by which a guest finds its cloud-init documents: a volume called "cidata".
 * Written by libisofs. */
#pragma once

#include "services/provisioner/cloud_init.h"

#include <stddef.h>

/* The image, the caller's to free(). FAULT_HARD: libisofs refuses; FAULT_RETRY: no memory. */
MUST_CHECK int seed_image_make(const struct cloud_init *documents, unsigned char **ret_image,
                               size_t *ret_length, struct error *error);
