#include "services/provisioner/machine_steps.h"

#include "lib/base/crash_point.h"
#include "services/provisioner/machine_disk.h"
#include "services/provisioner/machine_plan.h"

#include <stdio.h>
#include <string.h>

enum { ssh_port = 22 };

static const char login_name[] = "root";

void build_deinit(struct build *build)
{
    hypervisor_machine_free(build->machine);
    password_free(build->password);
}

const Slipway__V1__BuildMachine *build_order(const struct build *build)
{
    const Slipway__V1__MachineCommand *command = build->request->command;

    return command->action_case == SLIPWAY__V1__MACHINE_COMMAND__ACTION_REINSTALL
               ? command->reinstall->build
               : command->build;
}

int build_vanished(struct error *error)
{
    return error_set(error, FAULT_RETRY, "the machine vanished in the middle of the work");
}

int build_save(const struct build *build, struct error *error)
{
    CLEANUP(cleanup_free) char *xml = NULL;
    int result = metadata_format(&build->metadata, &xml, error);

    if (result != 0)
        return result;
    result = hypervisor_machine_set_metadata(build->machine, xml, error);
    return result == HYPERVISOR_NO_MACHINE ? build_vanished(error) : result;
}

int build_save_login(const struct build *build, struct error *error)
{
    CLEANUP(cleanup_free) char *xml = NULL;
    int result = metadata_format_login(&build->metadata, &xml, error);

    if (result != 0)
        return result;
    result = hypervisor_machine_set_login(build->machine, xml, error);
    return result == HYPERVISOR_NO_MACHINE ? build_vanished(error) : result;
}

int build_power(const struct build *build, enum machine_power *ret_power, struct error *error)
{
    enum hypervisor_power power = HYPERVISOR_STOPPED;
    const int result = hypervisor_machine_power(build->machine, &power, error);

    if (result < 0)
        return result;
    if (result == HYPERVISOR_NO_MACHINE)
        *ret_power = MACHINE_MISSING;
    else
        *ret_power = power == HYPERVISOR_RUNNING ? MACHINE_RUNNING : MACHINE_STOPPED;
    return 0;
}

int build_remove(const struct build *build, struct error *error)
{
    int result = hypervisor_machine_stop(build->machine, error);

    crash_point("provisioner_after_stop");
    if (result == 0)
        result = disk_remove(build, error);
    crash_point("provisioner_after_volumes");
    if (result == 0)
        result = hypervisor_machine_undefine(build->machine, error);
    return result == HYPERVISOR_NO_MACHINE ? 0 : result;
}

/* Both elements. HYPERVISOR_NO_METADATA: it is not ours. */
static int read_metadata(struct hypervisor_machine *machine, struct metadata *ret_metadata,
                         struct error *error)
{
    CLEANUP(cleanup_free) char *xml = NULL;
    CLEANUP(cleanup_free) char *login = NULL;
    struct metadata metadata;
    int result = hypervisor_machine_metadata(machine, &xml, error);

    if (result == HYPERVISOR_NO_METADATA)
        (void)error_set(error, FAULT_HARD, "a machine of that name is not ours");
    if (result != 0)
        return result;
    if (metadata_parse(xml, strlen(xml), &metadata, error) != 0)
        return HYPERVISOR_NO_METADATA;
    result = hypervisor_machine_login(machine, &login, error);
    if (result == 0 && metadata_parse_login(login, strlen(login), &metadata, error) != 0)
        return HYPERVISOR_NO_METADATA;
    if (result != 0 && result != HYPERVISOR_NO_METADATA)
        return result;
    *ret_metadata = metadata;
    return 0;
}

int build_find(struct build *build, struct error *error)
{
    const uint64_t vps_id = build->request->command->vps_id;
    CLEANUP(hypervisor_machine_free_cleanup) struct hypervisor_machine *machine = NULL;
    char name[DOMAIN_NAME_SIZE];
    struct metadata metadata;
    int result =
        hypervisor_find(build->request->hypervisor, domain_name(vps_id, name), &machine, error);

    if (result == 0)
        result = read_metadata(machine, &metadata, error);
    if (result != 0)
        return result;
    if (metadata.vps_id != vps_id) {
        (void)error_set(error, FAULT_HARD, "a machine of that name says it is another one");
        return HYPERVISOR_NO_METADATA;
    }
    hypervisor_machine_free(build->machine);
    build->machine = TAKE(machine);
    build->metadata = metadata;
    return 0;
}

int build_check_seal(const struct build *build, struct error *error)
{
    CLEANUP(build_deinit) struct build now = {.request = build->request};
    const int result = build_find(&now, error);

    if (result != 0)
        return result > 0 ? build_vanished(error) : result;
    return now.metadata.sealed_length == build->metadata.sealed_length &&
                   memcmp(now.metadata.sealed_password, build->metadata.sealed_password,
                          now.metadata.sealed_length) == 0
               ? 0
               : SEAL_LOST;
}

/* A container without a file system of its own would have the node's. */
static int check_bare(const struct build *build, struct error *error)
{
    if (!domain_guest_is_container(hypervisor_guest(build->request->hypervisor)))
        return 0;
    (void)error_set(error, FAULT_HARD, "the node runs containers, which need an image");
    return MACHINE_IMAGE_UNSUPPORTED;
}

int build_check_image(struct build *build, struct error *error)
{
    struct hypervisor *hypervisor = build->request->hypervisor;
    const char *image = build_order(build)->image;
    char pool[DOMAIN_POOL_SIZE];
    const char *name;
    int result;

    if (image[0] == '\0' || strcmp(image, "none") == 0)
        return check_bare(build, error);
    if (build_image_parse(build, pool, &name)) {
        (void)error_set(error, FAULT_HARD, "image %.200s is not of the form volume:<pool>/<name>",
                        image);
        return MACHINE_IMAGE_UNSUPPORTED;
    }
    if ((hypervisor_capabilities(hypervisor) & HYPERVISOR_STORAGE) == 0) {
        (void)error_set(error, FAULT_HARD, "the node has no storage to look for images in");
        return MACHINE_IMAGE_UNSUPPORTED;
    }
    result = hypervisor_find_volume(hypervisor, pool, name, error);
    if (result == HYPERVISOR_NO_VOLUME) {
        (void)error_set(error, FAULT_HARD, "image %.200s is not on the node", image);
        return MACHINE_IMAGE_MISSING;
    }
    return result;
}

int build_make_password(struct build *build, struct error *error)
{
    const struct seal_key *key = &build->request->settings->seal_key;

    _Static_assert((size_t)PASSWORD_SEALED_SIZE <= (size_t)METADATA_SEALED_MAX,
                   "a sealed password must fit");
    password_free(build->password);
    build->password = password_new();
    if (build->password == NULL)
        return error_set(error, FAULT_RETRY, "no locked memory for a password");
    password_seal(build->password, key, build->metadata.sealed_password);
    build->metadata.sealed_length = PASSWORD_SEALED_SIZE;
    build->metadata.seal_key_id = key->id;
    return 0;
}

static int describe_machine(struct build *build, struct error *error)
{
    const Slipway__V1__MachineCommand *command = build->request->command;
    const char *address = command->placement->address;
    struct metadata *metadata = &build->metadata;

    if (strlen(address) >= sizeof(metadata->address))
        return error_set(error, FAULT_HARD, "the placement's address is too long");
    *metadata = (struct metadata){.vps_id = command->vps_id,
                                  .sequence = command->sequence,
                                  .state = METADATA_BUILDING,
                                  .port = ssh_port};
    (void)snprintf(metadata->step, sizeof(metadata->step), "%s", "creating");
    (void)snprintf(metadata->login, sizeof(metadata->login), "%s", login_name);
    memcpy(metadata->address, address, strlen(address) + 1);
    return build_make_password(build, error);
}

bool build_is_in_the_making(const struct build *build)
{
    return build->metadata.state == METADATA_BUILDING &&
           build->metadata.sequence == build->request->command->sequence;
}

/* Another worker was faster: the machine that stands is the one to go on with. */
static int adopt_machine(struct build *build, struct error *error)
{
    const int result = build_find(build, error);

    password_free(build->password);
    build->password = NULL;
    if (result == HYPERVISOR_NO_METADATA)
        return MACHINE_NAME_TAKEN;
    if (result == HYPERVISOR_NO_MACHINE)
        return build_vanished(error);
    if (result == 0 && !build_is_in_the_making(build))
        return STEPS_OVERTAKEN;
    return result;
}

static int define_machine(struct build *build, struct error *error)
{
    CLEANUP(cleanup_free) char *xml = NULL;
    char name[DOMAIN_NAME_SIZE];
    int result = describe_machine(build, error);

    if (result == 0)
        result = machine_plan(build, &xml, error);
    if (result != 0)
        return result;
    result =
        hypervisor_define(build->request->hypervisor, domain_name(build->metadata.vps_id, name),
                          xml, &build->machine, error);
    if (result == HYPERVISOR_EXISTS)
        return adopt_machine(build, error);
    crash_point("provisioner_after_define");
    return result;
}

static int start_machine(struct build *build, struct error *error)
{
    const int result = hypervisor_machine_start(build->machine, error);

    if (result == HYPERVISOR_NO_MACHINE)
        return build_vanished(error);
    crash_point("provisioner_after_start");
    return result;
}

/* A worker that goes on for a dead one can't open the seal and makes a new password; the seal is
 * kept before the guest is told, so that what is kept is never older than what the guest has. */
static int hand_over_password(struct build *build, struct error *error)
{
    int result;

    /* The seed has brought it. */
    if (build_has_disk(build))
        return 0;
    if (build->password == NULL) {
        result = build_make_password(build, error);
        if (result == 0)
            result = build_save(build, error);
        if (result != 0)
            return result;
    }
    result = hypervisor_machine_set_password(build->machine, build->metadata.login,
                                             build->password->text, error);
    if (result == HYPERVISOR_NO_MACHINE)
        return build_vanished(error);
    /* The agent is deaf until the guest is up, and libvirt has no code for that alone. */
    return result == 0 ? 0 : FAULT_RETRY;
}

static int finish_build(struct build *build, struct error *error)
{
    (void)error;
    build->metadata.state = METADATA_BUILT;
    return 0;
}

const struct step steps[] = {
    {"preparing",   10, 0,                      build_check_image },
    {"creating",    20, 0,                      define_machine    },
    {"installing",  30, HYPERVISOR_DISKS,       disk_lay          },
    {"configuring", 40, HYPERVISOR_DISKS,       disk_write_seed   },
    {"starting",    60, 0,                      start_machine     },
    {"credentials", 70, HYPERVISOR_GUEST_AGENT, hand_over_password},
    {"booting",     80, HYPERVISOR_DISKS,       disk_await_login  },
    {"finishing",   95, 0,                      finish_build      },
};

const size_t step_count = ARRAY_LENGTH(steps);

size_t steps_next(const char *last_done)
{
    for (size_t i = 0; i < step_count; ++i)
        if (strcmp(steps[i].name, last_done) == 0)
            return i + 1;
    return 0;
}

/* A state that is written down carries the seal, so only who has put the one that stands there
 * writes. */
static int note_step(struct build *build, const struct step *step, struct error *error)
{
    int result = build_has_disk(build) ? build_check_seal(build, error) : 0;

    if (result == SEAL_LOST)
        return error_set(error, FAULT_RETRY, "another worker has begun the machine again");
    if (result != 0)
        return result;
    (void)snprintf(build->metadata.step, sizeof(build->metadata.step), "%s", step->name);
    return build_save(build, error);
}

static int run_step(struct build *build, const struct step *step, struct error *error)
{
    const struct machine_listener *listener = build->request->listener;
    const bool was_defined = build->machine != NULL;
    int result;

    listener->step(listener->context, step->name, step->percent);
    result = step->run(build, error);
    /* The definition itself carries the first state. */
    return result != 0 || !was_defined ? result : note_step(build, step, error);
}

/* Where to go on. A machine with a disk whose password nobody has any more is begun again from its
 * image, unless a login has already worked. */
static size_t first_step(const struct build *build)
{
    const size_t next = build->machine != NULL ? steps_next(build->metadata.step) : 0;
    const size_t installing = steps_next("creating");

    if (build->password == NULL && build_has_disk(build) && next > installing &&
        next < steps_next("booting"))
        return installing;
    return next;
}

int steps_run(struct build *build, struct error *error)
{
    const uint32_t capabilities = hypervisor_capabilities(build->request->hypervisor);
    int result = 0;

    for (size_t next = first_step(build); result == 0 && next < step_count; ++next)
        if ((steps[next].needs & ~capabilities) == 0)
            result = run_step(build, &steps[next], error);
    return result;
}
