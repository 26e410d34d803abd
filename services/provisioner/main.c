#include "lib/service/service.h"
#include "services/provisioner/config.h"
#include "services/provisioner/provisioner.h"

int main(int argc, char **argv)
{
    const struct service service = {
        .name = "provisioner",
        .settings = provisioner_settings,
        .setting_count = provisioner_setting_count,
        .config_size = sizeof(struct provisioner_config),
        .start = provisioner_start,
        .unready = provisioner_unready,
        .drain = provisioner_drain,
        .stop = provisioner_stop,
    };

    return service_main(&service, argc, argv);
}
