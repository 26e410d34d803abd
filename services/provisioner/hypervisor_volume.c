#include "services/provisioner/hypervisor_private.h"

#include "services/provisioner/volume_xml.h"

#include <stdio.h>
#include <string.h>

enum { chunk_bytes = 64 << 10 };

static void pool_free(virStoragePoolPtr pool)
{
    if (pool != NULL)
        (void)virStoragePoolFree(pool);
}
DEFINE_CLEANUP(virStoragePoolPtr, pool_free)

static void volume_free(virStorageVolPtr volume)
{
    if (volume != NULL)
        (void)virStorageVolFree(volume);
}
DEFINE_CLEANUP(virStorageVolPtr, volume_free)

static void stream_free(virStreamPtr stream)
{
    if (stream != NULL)
        (void)virStreamFree(stream);
}
DEFINE_CLEANUP(virStreamPtr, stream_free)

static int volume_result(const char *what, struct error *error)
{
    const int code = hypervisor_last_code();

    if (code == VIR_ERR_NO_STORAGE_POOL || code == VIR_ERR_NO_STORAGE_VOL)
        return HYPERVISOR_NO_VOLUME;
    return hypervisor_fault(what, error);
}

static int find(struct hypervisor *hypervisor, const char *pool, const char *name,
                virStorageVolPtr *ret_volume, struct error *error)
{
    CLEANUP(pool_free_cleanup)
    virStoragePoolPtr found = virStoragePoolLookupByName(hypervisor->connection, pool);
    virStorageVolPtr volume = found != NULL ? virStorageVolLookupByName(found, name) : NULL;

    if (volume == NULL)
        return volume_result("look for a volume", error);
    *ret_volume = volume;
    return 0;
}

int hypervisor_find_volume(struct hypervisor *hypervisor, const char *pool, const char *volume,
                           struct error *error)
{
    CLEANUP(volume_free_cleanup) virStorageVolPtr found = NULL;

    return find(hypervisor, pool, volume, &found, error);
}

/* A copy of `origin`, or, with NULL, empty. 0 also when a volume of that name is there already. */
static int create(struct hypervisor *hypervisor, const char *pool, const struct volume_plan *plan,
                  virStorageVolPtr origin, struct error *error)
{
    CLEANUP(pool_free_cleanup)
    virStoragePoolPtr found = virStoragePoolLookupByName(hypervisor->connection, pool);
    CLEANUP(cleanup_free) char *xml = NULL;
    virStorageVolPtr volume;
    int result;

    if (found == NULL)
        return volume_result("look for a storage pool", error);
    result = volume_xml_write(plan, &xml, error);
    if (result != 0)
        return result;
    volume = origin != NULL ? virStorageVolCreateXMLFrom(found, xml, origin, 0)
                            : virStorageVolCreateXML(found, xml, 0);
    if (volume == NULL && hypervisor_last_code() != VIR_ERR_STORAGE_VOL_EXIST)
        return hypervisor_fault("make a volume", error);
    volume_free(volume);
    return 0;
}

struct image {
    virStorageVolPtr volume;
    char *path;
    char format[VOLUME_FORMAT_SIZE];
    uint64_t capacity_bytes;
};

static void image_deinit(struct image *image)
{
    volume_free(image->volume);
    free(image->path);
}

static int read_image(struct hypervisor *hypervisor, const char *pool, const char *name,
                      struct image *ret_image, struct error *error)
{
    CLEANUP(cleanup_free) char *xml = NULL;
    virStorageVolInfo info;
    int result = find(hypervisor, pool, name, &ret_image->volume, error);

    if (result != 0)
        return result;
    xml = virStorageVolGetXMLDesc(ret_image->volume, 0);
    if (xml == NULL || virStorageVolGetInfo(ret_image->volume, &info) < 0)
        return volume_result("look at an image", error);
    result = volume_xml_read_format(xml, strlen(xml), ret_image->format, error);
    if (result != 0)
        return result;
    ret_image->path = virStorageVolGetPath(ret_image->volume);
    if (ret_image->path == NULL)
        return volume_result("path of an image", error);
    ret_image->capacity_bytes = info.capacity;
    return 0;
}

/* What a machine gets is never smaller than what it begins as. */
static uint64_t disk_bytes(const struct image *base, uint32_t size_gb)
{
    const uint64_t bytes = (uint64_t)size_gb << 30;

    return bytes < base->capacity_bytes ? base->capacity_bytes : bytes;
}

int hypervisor_make_overlay(struct hypervisor *hypervisor, const char *pool, const char *image,
                            const char *volume, uint32_t size_gb, struct error *error)
{
    CLEANUP(image_deinit) struct image base = {.path = NULL};
    const int result = read_image(hypervisor, pool, image, &base, error);

    if (result != 0)
        return result;
    return create(hypervisor, pool,
                  &(struct volume_plan){.name = volume,
                                        .capacity_bytes = disk_bytes(&base, size_gb),
                                        .format = "qcow2",
                                        .backing_path = base.path,
                                        .backing_format = base.format},
                  NULL, error);
}

int hypervisor_make_copy(struct hypervisor *hypervisor, const char *pool, const char *image,
                         const char *volume, uint32_t size_gb, struct error *error)
{
    CLEANUP(image_deinit) struct image base = {.path = NULL};
    const int result = read_image(hypervisor, pool, image, &base, error);

    if (result != 0)
        return result;
    return create(hypervisor, pool,
                  &(struct volume_plan){.name = volume,
                                        .capacity_bytes = disk_bytes(&base, size_gb),
                                        .sparse = true,
                                        .format = "raw"},
                  base.volume, error);
}

int hypervisor_find_folder(struct hypervisor *hypervisor, const char *pool, const char *image,
                           char ret_folder[static DOMAIN_FOLDER_SIZE], struct error *error)
{
    CLEANUP(volume_free_cleanup) virStorageVolPtr volume = NULL;
    CLEANUP(cleanup_free) char *path = NULL;
    const char *slash;
    const int result = find(hypervisor, pool, image, &volume, error);

    if (result != 0)
        return result;
    path = virStorageVolGetPath(volume);
    if (path == NULL)
        return volume_result("path of an image", error);
    slash = strrchr(path, '/');
    if (slash == NULL || slash - path >= DOMAIN_FOLDER_SIZE)
        return error_set(error, FAULT_HARD, "the node keeps its images in too long a path");
    (void)snprintf(ret_folder, DOMAIN_FOLDER_SIZE, "%.*s", (int)(slash - path), path);
    return 0;
}

static int upload(struct hypervisor *hypervisor, virStorageVolPtr volume,
                  const unsigned char *bytes, size_t length, struct error *error)
{
    CLEANUP(stream_free_cleanup) virStreamPtr stream = virStreamNew(hypervisor->connection, 0);

    if (stream == NULL || virStorageVolUpload(volume, stream, 0, length, 0) < 0)
        return hypervisor_fault("fill a volume", error);
    for (size_t at = 0; at < length;) {
        const size_t left = length - at;
        const int sent = virStreamSend(stream, (const char *)bytes + at,
                                       left < chunk_bytes ? left : chunk_bytes);

        if (sent < 0) {
            (void)virStreamAbort(stream);
            return hypervisor_fault("fill a volume", error);
        }
        at += (size_t)sent;
    }
    return virStreamFinish(stream) < 0 ? hypervisor_fault("fill a volume", error) : 0;
}

int hypervisor_write_volume(struct hypervisor *hypervisor, const char *pool, const char *volume,
                            const unsigned char *bytes, size_t length, struct error *error)
{
    CLEANUP(volume_free_cleanup) virStorageVolPtr made = NULL;
    int result = hypervisor_delete_volume(hypervisor, pool, volume, error);

    if (result == 0)
        result =
            create(hypervisor, pool,
                   &(struct volume_plan){.name = volume, .capacity_bytes = length, .format = "raw"},
                   NULL, error);
    if (result == 0)
        result = find(hypervisor, pool, volume, &made, error);
    return result == 0 ? upload(hypervisor, made, bytes, length, error) : result;
}

/* NULL: libvirt has just not found it. */
static int delete_found(virStorageVolPtr volume, struct error *error)
{
    if (volume != NULL && virStorageVolDelete(volume, 0) == 0)
        return 0;
    return volume_result("delete a volume", error);
}

int hypervisor_delete_volume(struct hypervisor *hypervisor, const char *pool, const char *volume,
                             struct error *error)
{
    CLEANUP(volume_free_cleanup) virStorageVolPtr found = NULL;
    int result = find(hypervisor, pool, volume, &found, error);

    if (result == 0)
        result = delete_found(found, error);
    return result == HYPERVISOR_NO_VOLUME ? 0 : result;
}

int hypervisor_delete_volume_at(struct hypervisor *hypervisor, const char *path,
                                struct error *error)
{
    CLEANUP(volume_free_cleanup)
    virStorageVolPtr found = virStorageVolLookupByPath(hypervisor->connection, path);
    const int result = delete_found(found, error);

    return result == HYPERVISOR_NO_VOLUME ? 0 : result;
}
