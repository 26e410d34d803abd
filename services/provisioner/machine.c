#include "services/provisioner/machine.h"

#include <string.h>

static const struct machine_failure failures[] = {
    [MACHINE_IMAGE_MISSING] = {"image_missing",
                               "The operating system's image is not available there."                  },
    [MACHINE_IMAGE_UNSUPPORTED] = {"image_unsupported",
                               "The operating system can't be installed there."                        },
    [MACHINE_NODE_REFUSED] = {"node_refused",      "The place for the machine refused the order."     },
    [MACHINE_NODE_UNAVAILABLE] = {"node_unavailable",
                               "The place for the machine did not answer in time."                     },
    [MACHINE_NAME_TAKEN] = {"name_taken",        "The place for the machine is taken."              },
    [MACHINE_GONE] = {"machine_missing",   "The machine is not there any more."               },
    [MACHINE_NOT_RUNNING] = {"not_running",       "The machine is off; it has to run for this."      },
    [MACHINE_NOT_SUPPORTED] = {"not_supported",     "This can't be done to machines of this kind."     },
    [MACHINE_SUPERSEDED] = {"superseded",        "A later order came first."                        },
    [MACHINE_OVERTAKEN] = {"overtaken",         "Later orders were carried out without this one."  },
    [MACHINE_DEAF] = {"no_login",          "The machine was built and did not let anybody in."},
};

const struct machine_failure *machine_failure(enum machine_refusal refusal)
{
    return &failures[refusal];
}

enum machine_refusal machine_failure_find(const char *code)
{
    for (size_t i = MACHINE_IMAGE_MISSING; i < ARRAY_LENGTH(failures); ++i)
        if (strcmp(failures[i].code, code) == 0)
            return (enum machine_refusal)i;
    return MACHINE_NODE_REFUSED;
}

int machine_inspect(const struct machine_request *request, struct machine_outcome *ret_outcome,
                    struct error *error)
{
    CLEANUP(hypervisor_machine_free_cleanup) struct hypervisor_machine *machine = NULL;
    enum hypervisor_power power = HYPERVISOR_STOPPED;
    char name[DOMAIN_NAME_SIZE];
    int result = hypervisor_find(request->hypervisor, domain_name(request->command->vps_id, name),
                                 &machine, error);

    if (result == 0)
        result = hypervisor_machine_power(machine, &power, error);
    if (result < 0)
        return result;
    *ret_outcome = (struct machine_outcome){.kind = MACHINE_OBSERVED};
    if (result == HYPERVISOR_NO_MACHINE)
        ret_outcome->power = MACHINE_MISSING;
    else
        ret_outcome->power = power == HYPERVISOR_RUNNING ? MACHINE_RUNNING : MACHINE_STOPPED;
    return 0;
}
