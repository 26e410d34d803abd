#include "program.h"

#include "slipctl/slipctl.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { WORDS_MAX = 24, LINE_SIZE = 1024 };

void program_init(struct program *program)
{
    static const char *const unset[] = {"SLIPWAY_URL",     "SLIPWAY_KEY", "SLIPWAY_SIGNING_SECRET",
                                        "SLIPWAY_CA_FILE", "NO_COLOR",    "COLUMNS"};

    memset(program, 0, sizeof(*program));
    (void)snprintf(program->folder, sizeof(program->folder), "/tmp/slipctl-test-XXXXXX");
    assert_non_null(mkdtemp(program->folder));
    for (size_t i = 0; i < sizeof(unset) / sizeof(unset[0]); ++i)
        assert_int_equal(unsetenv(unset[i]), 0);
    assert_int_equal(setenv("HOME", program->folder, 1), 0);
    assert_int_equal(setenv("XDG_CONFIG_HOME", program->folder, 1), 0);
}

/* Only what slipctl may have made is in it. */
void program_deinit(struct program *program)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/slipway/config", program->folder);
    (void)unlink(path);
    (void)snprintf(path, sizeof(path), "%s/slipway", program->folder);
    (void)rmdir(path);
    assert_int_equal(rmdir(program->folder), 0);
}

void program_url(uint16_t port, char *ret_url, size_t size)
{
    (void)snprintf(ret_url, size, "http://127.0.0.1:%u", port);
}

static size_t split(char *line, char **words)
{
    size_t count = 0;
    char *rest = NULL;

    for (char *word = strtok_r(line, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        assert_in_range(count, 0, WORDS_MAX - 1);
        words[count++] = word;
    }
    words[count] = NULL;
    return count;
}

static int file_with(const char *text)
{
    const int fd = memfd_create("text", MFD_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static void read_back(int fd, char *ret_text, size_t size)
{
    const ssize_t length = pread(fd, ret_text, size - 1, 0);

    assert_true(length >= 0);
    ret_text[length] = '\0';
    (void)close(fd);
}

void program_run(struct program *program, uint16_t port, const char *words, const char *input)
{
    const int in_fd = file_with(input);
    const int out_fd = file_with("");
    const int err_fd = file_with("");
    char *argv[WORDS_MAX + 1];
    char line[LINE_SIZE];
    char url[64];

    assert_in_range(snprintf(line, sizeof(line), "slipctl %s", words), 0, sizeof(line) - 1);
    if (port != 0) {
        program_url(port, url, sizeof(url));
        assert_int_equal(setenv("SLIPWAY_URL", url, 1), 0);
        assert_int_equal(setenv("SLIPWAY_KEY", PROGRAM_KEY, 1), 0);
    }
    program->code = slipctl_run((int)split(line, argv), argv, in_fd, out_fd, err_fd);
    (void)close(in_fd);
    read_back(out_fd, program->out, sizeof(program->out));
    read_back(err_fd, program->err, sizeof(program->err));
}

void program_expect(struct program *program, uint16_t port, const char *words, int code)
{
    program_run(program, port, words, "");
    if (program->code != code)
        print_error("slipctl %s ended with %d and said: %s%s\n", words, program->code, program->out,
                    program->err);
    assert_int_equal(program->code, code);
}
