#include "services/provisioner/machine_operations.h"

#include "lib/base/clock.h"
#include "lib/base/crash_point.h"

#include <string.h>

enum { percent = 50, rounds_max = 10 };

static const char step_name[] = "setting password";

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
    return 0;
}

/* A new password: its seal is kept before the guest is told, and is to be there still after it.
 * *told: the guest may have it. 0, SEAL_LOST, a refusal or a fault. */
static int try_once(struct build *build, bool *told, struct error *error)
{
    int result = build_make_password(build, error);

    if (result == 0)
        result = build_save_login(build, error);
    crash_point("provisioner_after_seal");
    if (result == 0)
        result = build_check_seal(build, error);
    if (result == 0) {
        *told = true;
        result = tell_guest(build, error);
    }
    return result == 0 ? build_check_seal(build, error) : result;
}

/* The guest was told a password whose seal is not kept any more: it is told one that is, whatever
 * the machine was ordered since. */
static int try_again(struct build *build, bool *told, struct error *error)
{
    int result = build_find(build, error);

    if (result != 0)
        return result > 0 ? build_vanished(error) : result;
    if (operation_is_begun(build))
        result = operation_begin(build, step_name, error);
    return result == 0 ? try_once(build, told, error) : result;
}

/* Of any number of workers the last one to tell the guest sees after it whether what it told is
 * what is kept; else it tells another one, after a while that differs from worker to worker. Who
 * has not told it anything makes way. */
static int set_password(struct build *build, struct error *error)
{
    int result = operation_begin(build, step_name, error);
    bool told = false;

    crash_point("provisioner_after_begin");
    if (result == 0)
        result = try_once(build, &told, error);
    for (uint32_t round = 0; result == SEAL_LOST && told && round < rounds_max; ++round) {
        clock_sleep_ms(randombytes_uniform(2U << round));
        result = try_again(build, &told, error);
    }
    return result == SEAL_LOST ? error_set(error, FAULT_RETRY, "other workers set the password too")
                               : result;
}

/* The guest has the old one still, so its seal is put back. */
static int refuse(struct build *build, const struct metadata *before, enum machine_refusal refusal,
                  struct machine_outcome *ret_outcome, struct error *error)
{
    struct metadata *metadata = &build->metadata;
    struct error saving;
    int result;

    memcpy(metadata->sealed_password, before->sealed_password, sizeof(metadata->sealed_password));
    metadata->sealed_length = before->sealed_length;
    metadata->seal_key_id = before->seal_key_id;
    result = build_save_login(build, &saving);
    if (result != 0)
        return error_set(error, (enum fault)result, "%.300s", saving.text);
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
