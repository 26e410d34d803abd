#include "slipctl/prompt.h"

#include "slipctl/text.h"

#include "lib/base/buffer.h"

#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

/* Byte by byte, so that what follows is left for whoever reads next. */
int prompt_read_line(int fd, char *ret_line, size_t size, struct error *error)
{
    size_t length = 0;
    ssize_t got;
    char byte;

    while ((got = read(fd, &byte, 1)) == 1 && byte != '\n') {
        if (length + 1 == size)
            return error_set(error, FAULT_HARD, "The line is too long.");
        ret_line[length++] = byte;
    }
    if (got < 0 || (got == 0 && length == 0))
        return error_set(error, FAULT_HARD, "There is no line to read.");
    if (length > 0 && ret_line[length - 1] == '\r')
        --length;
    ret_line[length] = '\0';
    return 0;
}

void prompt_show(const struct terminal *terminal, const char *question)
{
    CLEANUP(cleanup_free) char *text = strdup(question);
    CLEANUP(buffer_deinit) struct buffer shown = {0};
    char *rest = text;

    for (const char *line; (line = strsep(&rest, "\n")) != NULL;) {
        text_append_safe(&shown, line);
        buffer_append_text(&shown, rest != NULL ? "\n" : "");
    }
    if (!shown.overflown && shown.length > 0)
        (void)!terminal_write(terminal->err_fd, shown.data, shown.length);
}

/* Those that would leave the terminal without echo. */
static void list_interrupts(sigset_t *ret_signals)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};

    (void)sigemptyset(ret_signals);
    for (size_t i = 0; i < ARRAY_LENGTH(numbers); ++i)
        (void)sigaddset(ret_signals, numbers[i]);
}

/* Waits for input. True: a signal came first; it stays pending, and does its work once it is
 * unblocked. */
static bool is_interrupted(int fd, const sigset_t *signals)
{
    const int signal_fd = signalfd(-1, signals, SFD_CLOEXEC);
    struct pollfd both[] = {
        {.fd = fd,        .events = POLLIN},
        {.fd = signal_fd, .events = POLLIN},
    };
    bool interrupted;

    (void)poll(both, ARRAY_LENGTH(both), -1);
    interrupted = (both[1].revents & POLLIN) != 0;
    (void)close(signal_fd);
    return interrupted;
}

/* Asks when nothing is shown any more, so that no hand is too quick. */
static int read_unseen(const struct terminal *terminal, const char *question,
                       const struct termios *seen, char *line, size_t size, struct error *error)
{
    struct termios unseen = *seen;
    sigset_t signals, before;
    int result;

    unseen.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
    list_interrupts(&signals);
    (void)pthread_sigmask(SIG_BLOCK, &signals, &before);
    (void)tcsetattr(terminal->in_fd, TCSAFLUSH, &unseen);
    prompt_show(terminal, question);
    result = is_interrupted(terminal->in_fd, &signals)
                 ? error_set(error, FAULT_HARD, "Nothing was typed.")
                 : prompt_read_line(terminal->in_fd, line, size, error);
    (void)tcsetattr(terminal->in_fd, TCSAFLUSH, seen);
    prompt_show(terminal, "\n");
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return result;
}

int prompt_read_secret(const struct terminal *terminal, const char *question,
                       struct secret *ret_secret, struct error *error)
{
    struct termios seen;
    char line[SECRET_SIZE];
    int result;

    if (terminal->in_is_tty && tcgetattr(terminal->in_fd, &seen) == 0)
        result = read_unseen(terminal, question, &seen, line, sizeof(line), error);
    else
        result = prompt_read_line(terminal->in_fd, line, sizeof(line), error);
    if (result == 0 && secret_set(ret_secret, line, strlen(line)))
        result = error_set(error, FAULT_HARD, "The line is too long.");
    sodium_memzero(line, sizeof(line));
    return result;
}

bool prompt_confirm(const struct terminal *terminal, const char *question)
{
    char line[16];

    prompt_show(terminal, question);
    if (prompt_read_line(terminal->in_fd, line, sizeof(line), NULL) != 0)
        return false;
    return strcmp(line, "y") == 0 || strcmp(line, "Y") == 0 || strcmp(line, "yes") == 0;
}
