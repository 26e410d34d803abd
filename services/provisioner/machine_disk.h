/* The part of a build that only machines with an image have: their disk, their seed, and that a
 * login works in the end. */
#pragma once

#include "services/provisioner/machine_steps.h"

/* The order's image, when it is of the form volume:<pool>/<name>: *ret_pool and, borrowed from the
 * order, *ret_name. True when it is not. */
MUST_CHECK bool build_image_parse(const struct build *build, char ret_pool[static DOMAIN_POOL_SIZE],
                                  const char **ret_name);

/* The machine boots from an image: the order names one, and the node gives disks. */
bool build_has_disk(const struct build *build);

/* The volumes that the machine of that uuid is to have. 0, MACHINE_IMAGE_MISSING or a fault. Needs
 * build_has_disk(). */
MUST_CHECK int disk_plan(const struct build *build, const char *uuid,
                         struct domain_disks *ret_disks, struct error *error);

/* Steps, as struct step has them. */
MUST_CHECK int disk_lay(struct build *build, struct error *error);
MUST_CHECK int disk_write_seed(struct build *build, struct error *error);
MUST_CHECK int disk_await_login(struct build *build, struct error *error);

/* Deletes the volumes that the machine names. 0, HYPERVISOR_NO_MACHINE or a fault. */
MUST_CHECK int disk_remove(const struct build *build, struct error *error);
