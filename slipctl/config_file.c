#include "slipctl/config_file.h"

#include "slipctl/terminal.h"

#include "lib/base/buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void config_file_deinit(struct config_file *config)
{
    sodium_memzero(config, sizeof(*config));
}

int config_file_path(char ret_path[static CONFIG_PATH_SIZE], struct error *error)
{
    const char *folder = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    int length;

    /* A relative one is to be ignored, by the XDG specification. */
    if (folder != NULL && folder[0] == '/')
        length = snprintf(ret_path, CONFIG_PATH_SIZE, "%s/slipway/config", folder);
    else if (home != NULL && home[0] == '/')
        length = snprintf(ret_path, CONFIG_PATH_SIZE, "%s/.config/slipway/config", home);
    else
        return error_set(error, FAULT_HARD, "HOME is not set, so there is no place for a login.");
    if (length < 0 || length >= CONFIG_PATH_SIZE)
        return error_set(error, FAULT_HARD, "The path of the login's file is too long.");
    return 0;
}

/* ---- its text ---- */

struct span {
    const char *text;
    size_t length;
};

static struct span trim(struct span span)
{
    while (span.length > 0 && strchr(" \t\r", span.text[0]) != NULL) {
        ++span.text;
        --span.length;
    }
    while (span.length > 0 && strchr(" \t\r", span.text[span.length - 1]) != NULL)
        --span.length;
    return span;
}

static bool is_name(struct span span, const char *name)
{
    return strlen(name) == span.length && memcmp(span.text, name, span.length) == 0;
}

/* True: the line is not one of ours. */
static bool read_setting(struct span line, struct config_file *config)
{
    const char *equals = memchr(line.text, '=', line.length);
    struct span name, value;

    if (equals == NULL)
        return true;
    name = trim((struct span){line.text, (size_t)(equals - line.text)});
    value = trim((struct span){equals + 1, line.length - (size_t)(equals + 1 - line.text)});
    if (is_name(name, "key"))
        return secret_set(&config->key, value.text, value.length) ||
               !secret_is_api_key(config->key.text);
    if (!is_name(name, "url") || value.length >= sizeof(config->url))
        return true;
    memcpy(config->url, value.text, value.length);
    config->url[value.length] = '\0';
    return false;
}

int config_file_parse(const char *text, size_t length, struct config_file *ret_config,
                      struct error *error)
{
    CLEANUP(config_file_deinit) struct config_file config = {0};
    unsigned number = 1;

    if (memchr(text, '\0', length) != NULL)
        return error_set(error, FAULT_HARD, "it is not a text");
    for (const char *at = text, *end = text + length; at < end; ++number) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *line_end = newline != NULL ? newline : end;
        const struct span line = trim((struct span){at, (size_t)(line_end - at)});

        if (line.length > 0 && line.text[0] != '#' && read_setting(line, &config))
            return error_set(error, FAULT_HARD, "line %u is neither a url nor a key", number);
        at = line_end + 1;
    }
    *ret_config = config;
    return 0;
}

/* ---- the file ---- */

static void close_file(const int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
}

/* Looked at through the descriptor, so that it can't be another file by the time it is read. */
static int check_owner(int fd, struct error *error)
{
    struct stat status;

    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
        return error_set(error, FAULT_HARD, "it is not a file");
    if (status.st_uid != geteuid())
        return error_set(error, FAULT_HARD, "it belongs to somebody else");
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return error_set(error, FAULT_HARD,
                         "others may read or change it; make it yours alone with chmod 600, and "
                         "revoke the key if they may have read it");
    return 0;
}

static int read_all(int fd, struct config_file *ret_config, struct error *error)
{
    char text[CONFIG_FILE_LONGEST];
    size_t length = 0;
    ssize_t got = 1;
    int result;

    while (length < sizeof(text) && got > 0) {
        got = read(fd, text + length, sizeof(text) - length);
        length += got > 0 ? (size_t)got : 0;
    }
    if (got < 0)
        result = error_set(error, FAULT_HARD, "it can't be read");
    else if (length == sizeof(text))
        result = error_set(error, FAULT_HARD, "it is too long");
    else
        result = config_file_parse(text, length, ret_config, error);
    sodium_memzero(text, sizeof(text));
    return result;
}

int config_file_read(const char *path, struct config_file *ret_config, struct error *error)
{
    CLEANUP(close_file) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    int result;

    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return CONFIG_FILE_ABSENT;
    if (fd < 0)
        return error_set(error, FAULT_HARD, "%.200s can't be opened.", path);
    result = check_owner(fd, error);
    if (result == 0)
        result = read_all(fd, ret_config, error);
    return result == 0 ? 0 : error_prefix(error, result, path);
}

/* The folders above the file, as far as they are missing. */
static bool make_folders(const char *path)
{
    char folder[CONFIG_PATH_SIZE];
    char *slash = folder;

    (void)snprintf(folder, sizeof(folder), "%s", path);
    while ((slash = strchr(slash + 1, '/')) != NULL) {
        *slash = '\0';
        if (mkdir(folder, S_IRWXU) != 0 && errno != EEXIST)
            return true;
        *slash = '/';
    }
    return false;
}

/* mkstemp() makes it with mode 0600. */
static bool write_new(char *new_path, const struct config_file *config)
{
    CLEANUP(close_file) int fd = mkostemp(new_path, O_CLOEXEC);
    char text[CONFIG_FILE_LONGEST];
    int length;
    bool failed;

    if (fd < 0)
        return true;
    length = snprintf(text, sizeof(text), "# Kept by slipctl login.\nurl = %s\nkey = %s\n",
                      config->url, config->key.text);
    failed = length < 0 || (size_t)length >= sizeof(text) ||
             terminal_write(fd, text, (size_t)length) || fsync(fd) != 0;
    sodium_memzero(text, sizeof(text));
    return failed;
}

int config_file_write(const char *path, const struct config_file *config, struct error *error)
{
    char new_path[CONFIG_PATH_SIZE + 8];

    (void)snprintf(new_path, sizeof(new_path), "%s.XXXXXX", path);
    if (make_folders(path))
        return error_set(error, FAULT_HARD, "The folder of %.200s can't be made.", path);
    if (write_new(new_path, config) || rename(new_path, path) != 0) {
        (void)unlink(new_path);
        return error_set(error, FAULT_HARD, "%.200s can't be written.", path);
    }
    return 0;
}
