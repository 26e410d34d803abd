#include "slipctl/askpass.h"

#include "slipctl/prompt.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

#define FILE_VARIABLE "SLIPCTL_PASSWORD_FILE"

enum { PATH_SIZE = 4096 };

static void close_file(const int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
}

/* Tells those that are started from now on where to ask. True: it can't be told. */
static bool tell_children(int fd)
{
    char own_path[PATH_SIZE] = "";
    char path[64];

    if (readlink("/proc/self/exe", own_path, sizeof(own_path) - 1) <= 0)
        return true;
    (void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", getpid(), fd);
    return setenv("SSH_ASKPASS", own_path, 1) != 0 ||
           setenv("SSH_ASKPASS_REQUIRE", "force", 1) != 0 || setenv(FILE_VARIABLE, path, 1) != 0;
}

int askpass_offer(const struct secret *password, int *ret_fd, struct error *error)
{
    const int fd = memfd_create("password", MFD_CLOEXEC);

    if (fd >= 0 && !terminal_write(fd, password->text, strlen(password->text)) &&
        !tell_children(fd)) {
        *ret_fd = fd;
        return 0;
    }
    close_file(&fd);
    return error_set(error, FAULT_HARD, "The password can't be passed on; try --show.");
}

bool askpass_is_asked(int argc)
{
    return argc == 2 && getenv(FILE_VARIABLE) != NULL;
}

/* "root@192.0.2.7's password: ", "(root@192.0.2.7) Password:"; not "Enter passphrase for key …" nor
 * the question whether a host is known. */
static bool wants_password(const char *question)
{
    static const char word[] = "password:";
    const size_t word_length = sizeof(word) - 1;
    size_t length = strlen(question);

    while (length > 0 && question[length - 1] == ' ')
        --length;
    return length >= word_length &&
           strncasecmp(question + length - word_length, word, word_length) == 0;
}

static bool read_password(struct secret *ret_password)
{
    const char *path = getenv(FILE_VARIABLE);
    CLEANUP(close_file) int fd = open(path != NULL ? path : "", O_RDONLY | O_CLOEXEC);
    ssize_t length;

    if (fd < 0)
        return true;
    length = pread(fd, ret_password->text, sizeof(ret_password->text) - 1, 0);
    return length <= 0;
}

/* Standard error is ssh's own, standard input may be anything. */
static bool ask_user(const char *question, struct secret *ret_answer)
{
    CLEANUP(close_file) int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
    struct terminal terminal;
    struct error ignored;

    if (fd < 0)
        return true;
    terminal_init(&terminal, fd, fd, fd);
    if (strstr(question, "(yes/no") == NULL)
        return prompt_read_secret(&terminal, question, ret_answer, &ignored) != 0;
    prompt_show(&terminal, question);
    return prompt_read_line(fd, ret_answer->text, sizeof(ret_answer->text), &ignored) != 0;
}

int askpass_run(const char *question)
{
    CLEANUP(secret_wipe) struct secret answer = {0};
    const bool failed =
        wants_password(question) ? read_password(&answer) : ask_user(question, &answer);

    if (failed || terminal_write(STDOUT_FILENO, answer.text, strlen(answer.text)) ||
        terminal_write(STDOUT_FILENO, "\n", 1))
        return EXIT_FAILURE;
    return EXIT_SUCCESS;
}
