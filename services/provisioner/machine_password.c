#include "services/provisioner/machine_operations.h"

#include "lib/base/crash_point.h"

#include <string.h>

enum { percent = 50, rounds_max = 8 };

/* Beside the refusals: another worker has put its seal on the machine. */
enum { SEAL_LOST = 1000 };

static const char step_name[] = "setting password";

/* Whether the seal on the machine is still the one that this worker has put there. 0, SEAL_LOST or
 * a fault. */
static int check_seal(const struct build *build, struct error *error)
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

/* A guest that is off can't be told; why libvirt could not is said by codes that differ from driver
 * to driver. */
static int judge(const struct build *build, int fault)
{
    enum machine_power power = MACHINE_UNKNOWN;

    if (build_power(build, &power, NULL) == 0 && power == MACHINE_STOPPED)
        return MACHINE_NOT_RUNNING;
    return fault == FAULT_HARD ? (int)MACHINE_NOT_SUPPORTED : (int)FAULT_RETRY;
}

static int tell_guest(const struct build *build, struct error *error)
{
    const int result = hypervisor_machine_set_password(build->machine, build->metadata.login,
                                                       build->password->text, error);

    if (result == HYPERVISOR_NO_MACHINE)
        return build_vanished(error);
    if (result != 0)
        return judge(build, result);
    crash_point("provisioner_after_password");
    return check_seal(build, error);
}

static int try_first(struct build *build, struct error *error)
{
    int result = build_make_password(build, error);

    if (result == 0)
        result = operation_begin(build, step_name, error);
    crash_point("provisioner_after_begin");
    if (result == 0)
        result = check_seal(build, error);
    if (result == SEAL_LOST)
        return error_set(error, FAULT_RETRY, "another worker sets the password too");
    return result == 0 ? tell_guest(build, error) : result;
}

/* The guest was told a password whose seal is not kept any more: it is told one that is, whatever
 * the machine was ordered since. */
static int try_again(struct build *build, struct error *error)
{
    int result = build_find(build, error);

    if (result != 0)
        return result > 0 ? build_vanished(error) : result;
    result = build_make_password(build, error);
    if (result == 0)
        result = build_save(build, error);
    return result == 0 ? tell_guest(build, error) : result;
}

/* The seal is kept before the guest is told, and it is looked for again after: of any number of
 * workers the last one to tell the guest sees whether what it told is what is kept. */
static int set_password(struct build *build, struct error *error)
{
    int result = try_first(build, error);

    for (int round = 0; result == SEAL_LOST && round < rounds_max; ++round)
        result = try_again(build, error);
    return result == SEAL_LOST ? error_set(error, FAULT_RETRY, "other workers set the password too")
                               : result;
}

/* The guest has the old one still, so its seal is put back. */
static int refuse(struct build *build, const struct metadata *before, enum machine_refusal refusal,
                  struct machine_outcome *ret_outcome, struct error *error)
{
    struct metadata *metadata = &build->metadata;

    memcpy(metadata->sealed_password, before->sealed_password, sizeof(metadata->sealed_password));
    metadata->sealed_length = before->sealed_length;
    metadata->seal_key_id = before->seal_key_id;
    return operation_fail(build, refusal, ret_outcome, error);
}

/* The command ends after the guest was told. A worker that goes on for one that died in between
 * can't open its seal, so it makes a new password and tells that. */
int password_run(struct build *build, struct machine_outcome *ret_outcome, struct error *error)
{
    const struct machine_listener *listener = build->request->listener;
    const struct metadata before = build->metadata;
    int result;

    listener->step(listener->context, step_name, percent);
    result = set_password(build, error);
    if (result > 0)
        return refuse(build, &before, (enum machine_refusal)result, ret_outcome, error);
    crash_point("provisioner_before_end");
    if (result == 0)
        result = operation_end(build, 0, error);
    if (result == 0)
        *ret_outcome =
            (struct machine_outcome){.kind = MACHINE_PASSWORD_SET, .metadata = build->metadata};
    return result;
}
