/* Shows how far a batch has come: a bar that is drawn over on a terminal, a plain line for each
 * change elsewhere. */
#pragma once

#include "slipctl/batch_state.h"
#include "slipctl/terminal.h"

#include "lib/base/buffer.h"

struct progress {
    const struct terminal *terminal;
    /* The line that was shown last. */
    struct buffer shown;
};

void progress_init(struct progress *progress, const struct terminal *terminal);
void progress_deinit(struct progress *progress);

void progress_show(struct progress *progress, const struct batch_state *state);
/* Leaves the bar and begins a new line; nothing when none was drawn. */
void progress_finish(struct progress *progress);

/* Pure: "checkout:5678 [######....]  60 %  installing, 1 of 3 ready", no wider than `width` columns
 * (at least 20). */
void progress_append_bar(struct buffer *out, const struct batch_state *state, size_t width);
/* Pure: the same without the bar and the percentage, which change too often for lines. */
void progress_append_line(struct buffer *out, const struct batch_state *state);
