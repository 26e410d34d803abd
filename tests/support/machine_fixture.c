#include "tests/support/machine_fixture.h"

#include <stdio.h>
#include <string.h>

bool machine_fixture_init(struct machine_fixture *fixture, const char *uri)
{
    *fixture = (struct machine_fixture){.settings = {.network = "default"}};
    fixture->settings.seal_key.id = 7;
    return sodium_init() < 0 ||
           crypto_box_keypair(fixture->settings.seal_key.public_key, fixture->secret_key) != 0 ||
           hypervisor_events_start(&fixture->events, NULL) != 0 ||
           hypervisor_open(uri, NULL, NULL, &fixture->hypervisor, NULL) != 0;
}

void machine_fixture_deinit(struct machine_fixture *fixture)
{
    hypervisor_unref(fixture->hypervisor);
    hypervisor_events_stop(fixture->events);
}

static int hear_started(void *context, struct error *error)
{
    (void)error;
    ++((struct machine_order *)context)->started;
    return 0;
}

static void hear_step(void *context, const char *name, uint32_t percent)
{
    struct machine_order *order = context;

    const size_t used = strlen(order->steps);

    (void)snprintf(order->steps + used, sizeof(order->steps) - used, "%s ", name);
    order->last_percent = percent;
}

static bool hear_settled(void *context)
{
    return ((struct machine_order *)context)->settled;
}

typedef int (*carry_out_fn)(const struct machine_request *request,
                            struct machine_outcome *ret_outcome, struct error *error);

static int carry_out(carry_out_fn function, struct machine_fixture *fixture,
                     struct machine_order *order, struct machine_outcome *ret_outcome)
{
    char address[] = "192.0.2.10", image[128] = "";
    Slipway__V1__Placement placement = SLIPWAY__V1__PLACEMENT__INIT;
    Slipway__V1__BuildMachine build = SLIPWAY__V1__BUILD_MACHINE__INIT;
    Slipway__V1__MachineCommand command = SLIPWAY__V1__MACHINE_COMMAND__INIT;
    const struct machine_listener listener = {hear_started, hear_step, hear_settled, order};
    const struct machine_request request = {fixture->hypervisor, &fixture->settings, &command,
                                            &listener};

    if (order->image != NULL)
        (void)snprintf(image, sizeof(image), "%s", order->image);
    placement.address = address;
    build.image = image;
    build.vcpu = order->vcpu != 0 ? order->vcpu : 1;
    build.ram_mb = 512;
    command.vps_id = order->vps_id;
    command.sequence = order->sequence != 0 ? order->sequence : 1;
    command.placement = &placement;
    command.action_case = SLIPWAY__V1__MACHINE_COMMAND__ACTION_BUILD;
    command.build = &build;
    return function(&request, ret_outcome, &order->error);
}

int machine_order_build(struct machine_fixture *fixture, struct machine_order *order,
                        struct machine_outcome *ret_outcome)
{
    return carry_out(machine_build, fixture, order, ret_outcome);
}

int machine_order_inspect(struct machine_fixture *fixture, struct machine_order *order,
                          struct machine_outcome *ret_outcome)
{
    return carry_out(machine_inspect, fixture, order, ret_outcome);
}

int machine_order_abandon(struct machine_fixture *fixture, struct machine_order *order,
                          struct machine_outcome *ret_outcome)
{
    return carry_out(machine_abandon, fixture, order, ret_outcome);
}

struct hypervisor_machine *machine_fixture_find(struct machine_fixture *fixture, uint64_t vps_id)
{
    struct hypervisor_machine *machine = NULL;
    char name[DOMAIN_NAME_SIZE];

    if (hypervisor_find(fixture->hypervisor, domain_name(vps_id, name), &machine, NULL) != 0)
        return NULL;
    return machine;
}

void machine_fixture_remove(struct machine_fixture *fixture, uint64_t vps_id)
{
    CLEANUP(hypervisor_machine_free_cleanup)
    struct hypervisor_machine *machine = machine_fixture_find(fixture, vps_id);

    if (machine == NULL)
        return;
    (void)!hypervisor_machine_stop(machine, NULL);
    (void)!hypervisor_machine_undefine(machine, NULL);
}
