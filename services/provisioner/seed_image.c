#include "services/provisioner/seed_image.h"

/* libisofs.h goes by these of its includer. */
#define LIBISOFS_WITHOUT_LIBBURN
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

#include <libisofs/libisofs.h>
#include <pthread.h>
#include <string.h>

/* Some hundred KiB of it are ISO 9660's own. */
enum { image_limit = 4 << 20, block_size = 2048, file_mode = 0444 };

static void free_image(IsoImage **image)
{
    if (*image != NULL)
        iso_image_unref(*image);
}

static void free_options(IsoWriteOpts **options)
{
    if (*options != NULL)
        iso_write_opts_free(*options);
}

static void free_source(struct burn_source **source)
{
    if (*source == NULL)
        return;
    (*source)->free_data(*source);
    free(*source);
}

static void begin_library(void)
{
    (void)iso_init();
}

/* A negative code of libisofs; `what` says where. */
static int refuse(int code, const char *what, struct error *error)
{
    return error_set(error, code == (int)ISO_OUT_OF_MEM ? FAULT_RETRY : FAULT_HARD, "%s: %s", what,
                     iso_error_to_msg(code));
}

/* libisofs frees the copy with the image. */
static int add_file(IsoImage *image, const char *name, const char *text)
{
    const size_t length = strlen(text);
    unsigned char *copy = malloc(length + 1);
    IsoStream *stream = NULL;
    IsoFile *file = NULL;
    int code;

    if (copy == NULL)
        return (int)ISO_OUT_OF_MEM;
    memcpy(copy, text, length + 1);
    code = iso_memory_stream_new(copy, length, &stream);
    if (code < 0) {
        free(copy);
        return code;
    }
    code = iso_image_add_new_file(image, iso_image_get_root(image), name, stream, &file);
    if (code < 0)
        iso_stream_unref(stream);
    else
        iso_node_set_permissions(ISO_NODE(file), file_mode);
    return code;
}

static int fill_image(const struct cloud_init *documents, IsoImage **ret_image)
{
    CLEANUP(free_image) IsoImage *image = NULL;
    int code = iso_image_new("cidata", &image);

    if (code >= 0)
        code = add_file(image, "meta-data", documents->meta_data);
    if (code >= 0)
        code = add_file(image, "user-data", documents->user_data);
    if (code >= 0)
        code = add_file(image, "network-config", documents->network_config);
    if (code >= 0)
        *ret_image = TAKE(image);
    return code;
}

/* Rock Ridge, for names as they are; and ISO 9660 alone would call the volume CIDATA. */
static int open_source(IsoImage *image, struct burn_source **ret_source)
{
    CLEANUP(free_options) IsoWriteOpts *options = NULL;
    int code = iso_write_opts_new(&options, 0);

    if (code >= 0)
        code = iso_write_opts_set_rockridge(options, 1);
    if (code >= 0)
        code = iso_write_opts_set_joliet(options, 1);
    if (code >= 0)
        code = iso_write_opts_set_relaxed_vol_atts(options, 1);
    if (code >= 0)
        code = iso_image_create_burn_source(image, options, ret_source);
    return code;
}

static int read_all(struct burn_source *source, unsigned char **ret_image, size_t *ret_length,
                    struct error *error)
{
    const off_t size = source->get_size(source);
    CLEANUP(cleanup_free) unsigned char *bytes = NULL;

    if (size <= 0 || size > image_limit || size % block_size != 0)
        return error_set(error, FAULT_HARD, "seed image of a size that can't be");
    bytes = malloc((size_t)size);
    if (bytes == NULL)
        return error_set(error, FAULT_RETRY, "out of memory");
    for (off_t at = 0; at < size; at += block_size)
        if (source->read_xt(source, bytes + at, block_size) != block_size)
            return error_set(error, FAULT_HARD, "libisofs ended before the seed image did");
    *ret_image = TAKE(bytes);
    *ret_length = (size_t)size;
    return 0;
}

int seed_image_make(const struct cloud_init *documents, unsigned char **ret_image,
                    size_t *ret_length, struct error *error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    CLEANUP(free_image) IsoImage *image = NULL;
    CLEANUP(free_source) struct burn_source *source = NULL;
    int code;

    (void)pthread_once(&once, begin_library);
    code = fill_image(documents, &image);
    if (code >= 0)
        code = open_source(image, &source);
    if (code < 0)
        return refuse(code, "seed image", error);
    return read_all(source, ret_image, ret_length, error);
}
