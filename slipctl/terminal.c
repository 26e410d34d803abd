#include "slipctl/terminal.h"

#include "slipctl/text.h"

#include "lib/base/buffer.h"
#include "lib/base/encoding.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH_SMALLEST = 20, WIDTH_USUAL = 80, WIDTH_LARGEST = 1000 };

static size_t width_of(int fd)
{
    const char *columns = getenv("COLUMNS");
    struct winsize size = {0};
    uint64_t width = WIDTH_USUAL;

    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        width = size.ws_col;
    if (columns != NULL && (decimal_parse_u64(columns, &width) || width == 0))
        width = WIDTH_USUAL;
    if (width < WIDTH_SMALLEST)
        return WIDTH_SMALLEST;
    return width > WIDTH_LARGEST ? WIDTH_LARGEST : (size_t)width;
}

static bool is_dumb(void)
{
    const char *kind = getenv("TERM");

    return kind == NULL || strcmp(kind, "dumb") == 0;
}

/* no-color.org: set to anything but nothing. */
static bool colours_are_refused(void)
{
    const char *refused = getenv("NO_COLOR");

    return refused != NULL && refused[0] != '\0';
}

void terminal_init(struct terminal *terminal, int in_fd, int out_fd, int err_fd)
{
    *terminal = (struct terminal){
        .in_fd = in_fd,
        .out_fd = out_fd,
        .err_fd = err_fd,
        .in_is_tty = isatty(in_fd) == 1,
        .out_is_tty = isatty(out_fd) == 1,
        .err_is_tty = isatty(err_fd) == 1,
    };
    terminal->out_has_colours = terminal->out_is_tty && !is_dumb() && !colours_are_refused();
    terminal->err_can_redraw = terminal->err_is_tty && !is_dumb();
    terminal->out_width = terminal->out_is_tty ? width_of(out_fd) : 0;
    terminal->err_width = terminal->err_is_tty ? width_of(err_fd) : 0;
}

bool terminal_write(int fd, const char *data, size_t length)
{
    while (length > 0) {
        const ssize_t written = write(fd, data, length);

        if (written < 0 && errno != EINTR)
            return true;
        if (written > 0) {
            data += written;
            length -= (size_t)written;
        }
    }
    return false;
}

void terminal_say(const struct terminal *terminal, const char *format, ...)
{
    CLEANUP(cleanup_free) char *text = NULL;
    CLEANUP(buffer_deinit) struct buffer line = {0};
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0) {
        text = NULL;
        return;
    }
    text_append_safe(&line, text);
    buffer_append(&line, "\n", 1);
    if (!line.overflown)
        (void)!terminal_write(terminal->err_fd, line.data, line.length);
}
