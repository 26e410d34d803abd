#include "services/provisioner/machine_disk.h"

#include "lib/base/clock.h"
#include "lib/base/crash_point.h"
#include "services/provisioner/login_check.h"
#include "services/provisioner/seed_image.h"

#include <stdio.h>
#include <string.h>

enum { login_timeout_ms = 20000, login_pause_ms = 250 };

bool build_image_parse(const struct build *build, char ret_pool[static DOMAIN_POOL_SIZE],
                       const char **ret_name)
{
    static const char scheme[] = "volume:";
    const char *image = build_order(build)->image;
    const char *pool = image + strlen(scheme);
    const char *slash;

    if (strncmp(image, scheme, strlen(scheme)) != 0)
        return true;
    slash = strchr(pool, '/');
    if (slash == NULL || slash == pool || slash[1] == '\0' || slash - pool >= DOMAIN_POOL_SIZE)
        return true;
    (void)snprintf(ret_pool, DOMAIN_POOL_SIZE, "%.*s", (int)(slash - pool), pool);
    *ret_name = slash + 1;
    return false;
}

bool build_has_disk(const struct build *build)
{
    const uint32_t capabilities = hypervisor_capabilities(build->request->hypervisor);
    char pool[DOMAIN_POOL_SIZE];
    const char *image;

    return (capabilities & HYPERVISOR_DISKS) != 0 && !build_image_parse(build, pool, &image);
}

static void name_disks(const struct build *build, const char *uuid, struct domain_disks *ret_disks)
{
    const struct domain_guest *guest = hypervisor_guest(build->request->hypervisor);
    char pool[DOMAIN_POOL_SIZE] = "";
    const char *image = NULL;

    if (!build_image_parse(build, pool, &image))
        domain_name_disks(build->metadata.vps_id, uuid, pool, guest, ret_disks);
}

int disk_plan(const struct build *build, const char *uuid, struct domain_disks *ret_disks,
              struct error *error)
{
    struct hypervisor *hypervisor = build->request->hypervisor;
    struct domain_disks disks = {.pool = ""};
    char pool[DOMAIN_POOL_SIZE];
    const char *image;
    int result = 0;

    name_disks(build, uuid, &disks);
    if (domain_guest_is_container(hypervisor_guest(hypervisor)) &&
        !build_image_parse(build, pool, &image))
        result = hypervisor_find_folder(hypervisor, pool, image, disks.folder, error);
    if (result == HYPERVISOR_NO_VOLUME)
        return MACHINE_IMAGE_MISSING;
    if (result == 0 && strlen(disks.folder) + 1 + strlen(disks.root) > DOMAIN_LOOP_PATH_MAX)
        result = error_set(error, FAULT_HARD, "the node's path of its pool is too long");
    if (result == 0)
        *ret_disks = disks;
    return result;
}

/* A worker that takes over can't open the seal, and what the disk has seen of a password nobody
 * knows any more: the machine gets another one, and begins again from the image. */
static int begin_again(struct build *build, struct error *error)
{
    int result = hypervisor_machine_stop(build->machine, error);

    if (result == HYPERVISOR_NO_MACHINE)
        return build_vanished(error);
    if (result == 0)
        result = build_make_password(build, error);
    return result == 0 ? build_save(build, error) : result;
}

/* The machine's own volumes go with it; one that was made when it had gone would stay for ever. */
static int keep_only_with_machine(const struct build *build, const struct domain_disks *disks,
                                  const char *volume, struct error *error)
{
    enum machine_power power = MACHINE_UNKNOWN;
    int result = build_power(build, &power, error);

    if (result != 0 || power != MACHINE_MISSING)
        return result;
    result = hypervisor_delete_volume(build->request->hypervisor, disks->pool, volume, error);
    return result != 0 ? result : build_vanished(error);
}

static int make_disk(const struct build *build, const struct domain_disks *disks, const char *image,
                     struct error *error)
{
    struct hypervisor *hypervisor = build->request->hypervisor;
    const uint32_t size_gb = build_order(build)->disk_gb;

    if (domain_guest_is_container(hypervisor_guest(hypervisor)))
        return hypervisor_make_copy(hypervisor, disks->pool, image, disks->root, size_gb, error);
    return hypervisor_make_overlay(hypervisor, disks->pool, image, disks->root, size_gb, error);
}

int disk_lay(struct build *build, struct error *error)
{
    struct hypervisor *hypervisor = build->request->hypervisor;
    struct domain_disks disks = {.pool = ""};
    char pool[DOMAIN_POOL_SIZE];
    const char *image;
    int result = 0;

    if (!build_has_disk(build) || build_image_parse(build, pool, &image))
        return 0;
    name_disks(build, hypervisor_machine_uuid(build->machine), &disks);
    if (build->password == NULL)
        result = begin_again(build, error);
    if (result == 0)
        result = hypervisor_delete_volume(hypervisor, disks.pool, disks.root, error);
    if (result == 0)
        result = make_disk(build, &disks, image, error);
    crash_point("provisioner_after_disk");
    if (result == 0)
        result = keep_only_with_machine(build, &disks, disks.root, error);
    return result == HYPERVISOR_NO_VOLUME ? (int)MACHINE_IMAGE_MISSING : result;
}

static int make_seed(const struct build *build, unsigned char **ret_image, size_t *ret_length,
                     struct error *error)
{
    const Slipway__V1__Placement *placement = build->request->command->placement;
    CLEANUP(cloud_init_deinit) struct cloud_init documents = {.meta_data = NULL};
    char name[DOMAIN_NAME_SIZE], mac[DOMAIN_MAC_SIZE], hash[PASSWORD_HASH_SIZE];
    int result = password_hash(build->password, hash, error);

    if (result == 0)
        result = cloud_init_write(
            &(struct cloud_init_plan){.instance_id = hypervisor_machine_uuid(build->machine),
                                      .hostname = domain_name(build->metadata.vps_id, name),
                                      .login = build->metadata.login,
                                      .password_hash = hash,
                                      .mac = domain_mac(build->metadata.vps_id, mac),
                                      .address = build->metadata.address,
                                      .prefix_length = placement->prefix_length,
                                      .gateway = placement->gateway,
                                      .address6 = placement->address6,
                                      .prefix_length6 = placement->prefix_length6,
                                      .gateway6 = placement->gateway6,
                                      .nameservers = build->request->settings->nameservers},
            &documents, error);
    return result == 0 ? seed_image_make(&documents, ret_image, ret_length, error) : result;
}

int disk_write_seed(struct build *build, struct error *error)
{
    CLEANUP(cleanup_free) unsigned char *image = NULL;
    struct domain_disks disks = {.pool = ""};
    size_t length = 0;
    int result;

    if (!build_has_disk(build))
        return 0;
    name_disks(build, hypervisor_machine_uuid(build->machine), &disks);
    result = make_seed(build, &image, &length, error);
    if (result == 0)
        result = hypervisor_write_volume(build->request->hypervisor, disks.pool, disks.seed, image,
                                         length, error);
    crash_point("provisioner_after_seed");
    if (result == 0)
        result = keep_only_with_machine(build, &disks, disks.seed, error);
    return result == HYPERVISOR_NO_VOLUME ? (int)MACHINE_IMAGE_MISSING : result;
}

static int try_login(const struct build *build, struct error *error)
{
    return login_check(&(struct login_target){.address = build->metadata.address,
                                              .port = build->metadata.port,
                                              .login = build->metadata.login,
                                              .password = build->password->text,
                                              .timeout_ms = login_timeout_ms},
                       error);
}

/* Ready is a login that works: a server that answers may still be without the password. */
int disk_await_login(struct build *build, struct error *error)
{
    const struct machine_settings *settings = build->request->settings;
    const int64_t deadline_ms = clock_monotonic_ms() + settings->login_ms;

    if (!build_has_disk(build) || settings->login_ms == 0)
        return 0;
    while (try_login(build, error) != 0) {
        if (clock_monotonic_ms() >= deadline_ms)
            return MACHINE_DEAF;
        if (build_check_seal(build, NULL) != 0)
            return error_set(error, FAULT_RETRY, "another worker has begun the machine again");
        clock_sleep_ms(login_pause_ms);
    }
    crash_point("provisioner_after_login");
    return 0;
}

static int remove_volume(struct hypervisor *hypervisor, const struct domain_volume *volume,
                         struct error *error)
{
    return volume->pool[0] != '\0'
               ? hypervisor_delete_volume(hypervisor, volume->pool, volume->name, error)
               : hypervisor_delete_volume_at(hypervisor, volume->path, error);
}

int disk_remove(const struct build *build, struct error *error)
{
    struct hypervisor *hypervisor = build->request->hypervisor;
    struct domain_volume volumes[DOMAIN_VOLUMES_MAX];
    CLEANUP(cleanup_free) char *xml = NULL;
    size_t count = 0;
    int result;

    if ((hypervisor_capabilities(hypervisor) & HYPERVISOR_DISKS) == 0)
        return 0;
    result = hypervisor_machine_xml(build->machine, &xml, error);
    if (result == 0)
        result = domain_xml_read_volumes(xml, strlen(xml), build->request->command->vps_id, volumes,
                                         &count, error);
    for (size_t i = 0; result == 0 && i < count; ++i)
        result = remove_volume(hypervisor, &volumes[i], error);
    return result;
}
