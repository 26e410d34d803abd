/* Where a command reads and writes, and what that can show. Results go to the output; progress,
 * questions and errors go beside it, so that the output can be piped. */
#pragma once

#include "lib/base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>

struct terminal {
    int in_fd, out_fd, err_fd;
    bool in_is_tty, out_is_tty, err_is_tty;
    bool out_has_colours;
    /* A line beside the output may be drawn over. */
    bool err_can_redraw;
    /* Columns of the output and of what goes beside it; 0: no terminal, as wide as needed. */
    size_t out_width, err_width;
};

/* Looks at the descriptors and at TERM, NO_COLOR and COLUMNS. */
void terminal_init(struct terminal *terminal, int in_fd, int out_fd, int err_fd);

/* All of it, however long it takes. True: it can't be written. */
MUST_CHECK bool terminal_write(int fd, const char *data, size_t length);

/* One line beside the output; the text is made safe. */
void terminal_say(const struct terminal *terminal, const char *format, ...) PRINTF_LIKE(2, 3);
