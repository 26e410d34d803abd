#include "services/provisioner/domain_xml.h"

#include "lib/base/encoding.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    /* What an emulator may keep of translated code; its own choice is a gigabyte a guest. */
    translation_cache_mb = 32,
    /* 64 TiB. Far past any node; libvirt allocates by these numbers before it judges them. */
    ram_limit_mb = 64 << 20,
    vcpu_limit = 1024,
};

static const char name_prefix[] = "vps-";

/* A filter can't do without a value. Nothing on a wire has this address. */
static const char no_address6[] = "::1";

const char *domain_name(uint64_t vps_id, char buffer[static DOMAIN_NAME_SIZE])
{
    (void)snprintf(buffer, DOMAIN_NAME_SIZE, "%s%" PRIu64, name_prefix, vps_id);
    return buffer;
}

bool domain_name_parse(const char *name, uint64_t *ret_vps_id)
{
    const size_t prefix = strlen(name_prefix);
    uint64_t vps_id;

    if (strncmp(name, name_prefix, prefix) != 0 || decimal_parse_u64(name + prefix, &vps_id) ||
        vps_id == 0)
        return true;
    *ret_vps_id = vps_id;
    return false;
}

const char *domain_mac(uint64_t vps_id, char buffer[static DOMAIN_MAC_SIZE])
{
    (void)snprintf(buffer, DOMAIN_MAC_SIZE, "02:%02x:%02x:%02x:%02x:%02x",
                   (unsigned)(vps_id >> 32 & 0xff), (unsigned)(vps_id >> 24 & 0xff),
                   (unsigned)(vps_id >> 16 & 0xff), (unsigned)(vps_id >> 8 & 0xff),
                   (unsigned)(vps_id & 0xff));
    return buffer;
}

bool domain_guest_is_container(const struct domain_guest *guest)
{
    return strcmp(guest->os_type, "exe") == 0;
}

void domain_name_disks(uint64_t vps_id, const char *uuid, const char *pool,
                       const struct domain_guest *guest, struct domain_disks *ret_disks)
{
    char name[DOMAIN_NAME_SIZE];

    (void)domain_name(vps_id, name);
    (void)snprintf(ret_disks->pool, sizeof(ret_disks->pool), "%s", pool);
    (void)snprintf(ret_disks->root, sizeof(ret_disks->root),
                   domain_guest_is_container(guest) ? "%s-%.13s.raw" : "%s-%.36s.qcow2", name,
                   uuid);
    (void)snprintf(ret_disks->seed, sizeof(ret_disks->seed), "%s-%.36s-seed.iso", name, uuid);
    ret_disks->folder[0] = '\0';
}

static void write_number(struct xml_writer *xml, const char *element, const char *unit,
                         uint32_t number)
{
    char text[16];

    (void)snprintf(text, sizeof(text), "%" PRIu32, number);
    xml_open(xml, element);
    xml_attribute(xml, "unit", unit);
    xml_text(xml, text);
    xml_close(xml);
}

static void write_os(const struct domain_guest *guest, struct xml_writer *xml)
{
    xml_open(xml, "os");
    xml_open(xml, "type");
    xml_attribute(xml, "arch", guest->arch);
    xml_text(xml, guest->os_type);
    xml_close(xml);
    if (domain_guest_is_container(guest))
        xml_element(xml, "init", "/sbin/init");
    xml_close(xml);
}

/* An element with one attribute and nothing inside. */
static void write_mark(struct xml_writer *xml, const char *element, const char *name,
                       const char *value)
{
    xml_open(xml, element);
    xml_attribute(xml, name, value);
    xml_close(xml);
}

/* What a machine that boots needs beside its disks. A container that is plugged into no network
 * must not have the node's. */
static void write_processor(const struct domain_plan *plan, struct xml_writer *xml)
{
    xml_open(xml, "features");
    if (domain_guest_is_container(plan->guest)) {
        xml_open(xml, "privnet");
        xml_close(xml);
        xml_close(xml);
        return;
    }
    xml_open(xml, "acpi");
    xml_close(xml);
    if (!plan->kvm) {
        xml_open(xml, "tcg");
        write_number(xml, "tb-cache", "MiB", translation_cache_mb);
        xml_close(xml);
    }
    xml_close(xml);
    write_mark(xml, "cpu", "mode", plan->kvm ? "host-model" : "maximum");
    write_mark(xml, "clock", "offset", "utc");
}

static void write_disk(const char *pool, const char *volume, const char *format, const char *target,
                       struct xml_writer *xml)
{
    xml_open(xml, "disk");
    xml_attribute(xml, "type", "volume");
    xml_attribute(xml, "device", "disk");
    xml_open(xml, "driver");
    xml_attribute(xml, "name", "qemu");
    xml_attribute(xml, "type", format);
    xml_attribute(xml, "discard", "unmap");
    xml_close(xml);
    xml_open(xml, "source");
    xml_attribute(xml, "pool", pool);
    xml_attribute(xml, "volume", volume);
    xml_close(xml);
    xml_open(xml, "target");
    xml_attribute(xml, "dev", target);
    xml_attribute(xml, "bus", "virtio");
    xml_close(xml);
}

/* The seed is a disk and not a CD: kernels made for clouds have no driver for a CD's controller. */
static void write_disks(const struct domain_disks *disks, struct xml_writer *xml)
{
    write_disk(disks->pool, disks->root, "qcow2", "vda", xml);
    xml_close(xml);
    write_disk(disks->pool, disks->seed, "raw", "vdb", xml);
    xml_open(xml, "readonly");
    xml_close(xml);
    xml_close(xml);
}

/* Opens the element and leaves it open. `by` names the source's attribute. */
static void write_file_system(const char *type, const char *folder, const char *volume,
                              const char *by, const char *target, struct xml_writer *xml)
{
    char path[DOMAIN_PATH_SIZE];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, volume);
    xml_open(xml, "filesystem");
    xml_attribute(xml, "type", type);
    write_mark(xml, "source", by, path);
    write_mark(xml, "target", "dir", target);
}

/* The seed is shown as the file that it is: not every kernel that could mount it, would. */
static void write_file_systems(const struct domain_disks *disks, struct xml_writer *xml)
{
    write_file_system("file", disks->folder, disks->root, "file", "/", xml);
    xml_open(xml, "driver");
    xml_attribute(xml, "type", "loop");
    xml_attribute(xml, "format", "raw");
    xml_close(xml);
    xml_close(xml);
    write_file_system("mount", disks->folder, disks->seed, "dir", "/seed.iso", xml);
    xml_open(xml, "readonly");
    xml_close(xml);
    xml_close(xml);
}

static void write_parameter(const char *name, const char *value, struct xml_writer *xml)
{
    xml_open(xml, "parameter");
    xml_attribute(xml, "name", name);
    xml_attribute(xml, "value", value);
    xml_close(xml);
}

static void write_filter(const struct domain_plan *plan, const char *mac, struct xml_writer *xml)
{
    xml_open(xml, "filterref");
    xml_attribute(xml, "filter", plan->filter);
    write_parameter("MAC", mac, xml);
    write_parameter("IP", plan->metadata->address, xml);
    write_parameter("IPV6", plan->address6[0] != '\0' ? plan->address6 : no_address6, xml);
    xml_close(xml);
}

/* libvirt puts a filter on a container's port only where the port's name is known beforehand; it
 * has the part of the VPS that the hardware address has. */
static void write_port(const struct domain_plan *plan, struct xml_writer *xml)
{
    char name[DOMAIN_WORD_SIZE];

    (void)snprintf(name, sizeof(name), "vps%010" PRIx64,
                   plan->metadata->vps_id & UINT64_C(0xffffffffff));
    write_mark(xml, "target", "dev", name);
}

static void write_interface(const struct domain_plan *plan, struct xml_writer *xml)
{
    char mac[DOMAIN_MAC_SIZE];

    (void)domain_mac(plan->metadata->vps_id, mac);
    xml_open(xml, "interface");
    xml_attribute(xml, "type", "network");
    write_mark(xml, "mac", "address", mac);
    write_mark(xml, "source", "network", plan->network);
    if (domain_guest_is_container(plan->guest))
        write_port(plan, xml);
    else
        write_mark(xml, "model", "type", "virtio");
    if (plan->filter != NULL)
        write_filter(plan, mac, xml);
    xml_close(xml);
}

static void write_agent_channel(struct xml_writer *xml)
{
    xml_open(xml, "channel");
    xml_attribute(xml, "type", "unix");
    xml_open(xml, "target");
    xml_attribute(xml, "type", "virtio");
    xml_attribute(xml, "name", "org.qemu.guest_agent.0");
    xml_close(xml);
    xml_close(xml);
}

/* A file that none but the console proxy and root can open: on a port every process of the node
 * could sit down at the screen. */
static void write_screen(struct xml_writer *xml)
{
    xml_open(xml, "graphics");
    xml_attribute(xml, "type", "vnc");
    write_mark(xml, "listen", "type", "socket");
    xml_close(xml);
}

/* A guest without a source of randomness waits for it before it lets anybody in. */
static void write_randomness(struct xml_writer *xml)
{
    xml_open(xml, "rng");
    xml_attribute(xml, "model", "virtio");
    xml_open(xml, "backend");
    xml_attribute(xml, "model", "random");
    xml_text(xml, "/dev/urandom");
    xml_close(xml);
    xml_close(xml);
}

static void write_storage(const struct domain_plan *plan, struct xml_writer *xml)
{
    if (domain_guest_is_container(plan->guest)) {
        write_file_systems(plan->disks, xml);
        write_mark(xml, "console", "type", "pty");
        return;
    }
    write_disks(plan->disks, xml);
    write_mark(xml, "serial", "type", "pty");
    write_randomness(xml);
}

static void write_devices(const struct domain_plan *plan, struct xml_writer *xml)
{
    xml_open(xml, "devices");
    if (plan->disks != NULL)
        write_storage(plan, xml);
    if (plan->network != NULL)
        write_interface(plan, xml);
    if (plan->agent_channel)
        write_agent_channel(xml);
    if (plan->screen)
        write_screen(xml);
    xml_close(xml);
}

static void write_domain(const struct domain_plan *plan, struct xml_writer *xml)
{
    char text[DOMAIN_NAME_SIZE];

    xml_open(xml, "domain");
    xml_attribute(xml, "type", plan->kvm ? "kvm" : plan->guest->domain_type);
    xml_element(xml, "name", domain_name(plan->metadata->vps_id, text));
    xml_element(xml, "uuid", plan->uuid);
    xml_open(xml, "metadata");
    metadata_write(plan->metadata, xml);
    xml_close(xml);
    write_number(xml, "memory", "MiB", plan->ram_mb);
    (void)snprintf(text, sizeof(text), "%" PRIu32, plan->vcpu);
    xml_element(xml, "vcpu", text);
    write_os(plan->guest, xml);
    if (plan->disks != NULL)
        write_processor(plan, xml);
    xml_element(xml, "on_poweroff", "destroy");
    xml_element(xml, "on_reboot", "restart");
    xml_element(xml, "on_crash", "restart");
    write_devices(plan, xml);
    xml_close(xml);
}

int domain_xml_write(const struct domain_plan *plan, char **ret_xml, struct error *error)
{
    CLEANUP(xml_writer_deinit) struct xml_writer xml;
    char *text;

    xml_writer_init(&xml);
    if (plan->vcpu == 0 || plan->vcpu > vcpu_limit || plan->ram_mb == 0 ||
        plan->ram_mb > ram_limit_mb)
        return error_set(error, FAULT_HARD, "no machine has %" PRIu32 " vCPUs and %" PRIu32 " MiB",
                         plan->vcpu, plan->ram_mb);
    write_domain(plan, &xml);
    text = xml_writer_take(&xml);
    if (text == NULL)
        return error_set(error, FAULT_HARD, "the domain can't be written as XML");
    *ret_xml = text;
    return 0;
}
