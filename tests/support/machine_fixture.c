#include "tests/support/machine_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

bool machine_fixture_init(struct machine_fixture *fixture, const char *uri)
{
    *fixture = (struct machine_fixture){
        .settings = {
                     .network = "default", .filter = "none", .nameservers = "", .shutdown_ms = 1000}
    };
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
    if (order->at_step != NULL)
        order->at_step(order->fixture, name);
}

static bool hear_settled(void *context)
{
    return ((struct machine_order *)context)->settled;
}

typedef int (*carry_out_fn)(const struct machine_request *request,
                            struct machine_outcome *ret_outcome, struct error *error);

/* The parts that the command points into. */
struct actions {
    Slipway__V1__BuildMachine build;
    Slipway__V1__ControlPower power;
    Slipway__V1__ReinstallMachine reinstall;
    Slipway__V1__SetPassword password;
    Slipway__V1__DeleteMachine deletion;
};

static void fill_action(const struct machine_order *order, struct actions *actions,
                        Slipway__V1__MachineCommand *command)
{
    slipway__v1__control_power__init(&actions->power);
    slipway__v1__reinstall_machine__init(&actions->reinstall);
    slipway__v1__set_password__init(&actions->password);
    slipway__v1__delete_machine__init(&actions->deletion);
    actions->power.action = order->power;
    actions->reinstall.build = &actions->build;
    command->action_case = order->action;
    if (order->action == SLIPWAY__V1__MACHINE_COMMAND__ACTION_POWER)
        command->power = &actions->power;
    else if (order->action == SLIPWAY__V1__MACHINE_COMMAND__ACTION_REINSTALL)
        command->reinstall = &actions->reinstall;
    else if (order->action == SLIPWAY__V1__MACHINE_COMMAND__ACTION_SET_PASSWORD)
        command->set_password = &actions->password;
    else if (order->action == SLIPWAY__V1__MACHINE_COMMAND__ACTION_DELETE)
        command->delete_ = &actions->deletion;
    else {
        command->action_case = SLIPWAY__V1__MACHINE_COMMAND__ACTION_BUILD;
        command->build = &actions->build;
    }
}

static int carry_out(carry_out_fn function, struct machine_fixture *fixture,
                     struct machine_order *order, struct machine_outcome *ret_outcome)
{
    char address[] = "192.0.2.10", image[128] = "";
    Slipway__V1__Placement placement = SLIPWAY__V1__PLACEMENT__INIT;
    struct actions actions;
    Slipway__V1__MachineCommand command = SLIPWAY__V1__MACHINE_COMMAND__INIT;
    const struct machine_listener listener = {hear_started, hear_step, hear_settled, order};
    const struct machine_request request = {fixture->hypervisor, &fixture->settings, &command,
                                            &listener};

    order->fixture = fixture;
    if (order->image != NULL)
        (void)snprintf(image, sizeof(image), "%s", order->image);
    placement.address = address;
    slipway__v1__build_machine__init(&actions.build);
    actions.build.image = image;
    actions.build.vcpu = order->vcpu != 0 ? order->vcpu : 1;
    actions.build.ram_mb = 512;
    command.vps_id = order->vps_id;
    command.sequence = order->sequence != 0 ? order->sequence : 1;
    command.settled_sequence = order->settled_sequence;
    command.placement = &placement;
    fill_action(order, &actions, &command);
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

int machine_order_operate(struct machine_fixture *fixture, struct machine_order *order,
                          struct machine_outcome *ret_outcome)
{
    return carry_out(machine_operate, fixture, order, ret_outcome);
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

struct metadata machine_fixture_metadata(struct machine_fixture *fixture, uint64_t vps_id)
{
    CLEANUP(hypervisor_machine_free_cleanup)
    struct hypervisor_machine *machine = machine_fixture_find(fixture, vps_id);
    CLEANUP(cleanup_free) char *xml = NULL;
    CLEANUP(cleanup_free) char *login = NULL;
    struct metadata metadata;

    assert_non_null(machine);
    assert_int_equal(hypervisor_machine_metadata(machine, &xml, NULL), 0);
    assert_int_equal(metadata_parse(xml, strlen(xml), &metadata, NULL), 0);
    if (hypervisor_machine_login(machine, &login, NULL) == 0)
        assert_int_equal(metadata_parse_login(login, strlen(login), &metadata, NULL), 0);
    return metadata;
}

void machine_fixture_set_metadata(struct machine_fixture *fixture, uint64_t vps_id,
                                  const struct metadata *metadata)
{
    CLEANUP(hypervisor_machine_free_cleanup)
    struct hypervisor_machine *machine = machine_fixture_find(fixture, vps_id);
    CLEANUP(cleanup_free) char *xml = NULL;

    assert_non_null(machine);
    assert_int_equal(metadata_format(metadata, &xml, NULL), 0);
    assert_int_equal(hypervisor_machine_set_metadata(machine, xml, NULL), 0);
}

enum machine_power machine_fixture_power(struct machine_fixture *fixture, uint64_t vps_id)
{
    CLEANUP(hypervisor_machine_free_cleanup)
    struct hypervisor_machine *machine = machine_fixture_find(fixture, vps_id);
    enum hypervisor_power power = HYPERVISOR_STOPPED;

    if (machine == NULL)
        return MACHINE_MISSING;
    assert_int_equal(hypervisor_machine_power(machine, &power, NULL), 0);
    return power == HYPERVISOR_RUNNING ? MACHINE_RUNNING : MACHINE_STOPPED;
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
