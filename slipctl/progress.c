#include "slipctl/progress.h"

#include "slipctl/text.h"

#include <inttypes.h>
#include <string.h>

enum { BAR_LENGTH = 20, PERCENT_ALL = 100 };

void progress_init(struct progress *progress, const struct terminal *terminal)
{
    *progress = (struct progress){.terminal = terminal};
}

void progress_deinit(struct progress *progress)
{
    buffer_deinit(&progress->shown);
}

/* "installing, 1 of 3 ready, 1 failed" */
static void append_summary(struct buffer *out, const struct batch_state *state)
{
    text_append_safe(out, state->step[0] != '\0' ? state->step : state->status);
    if (state->total > 1)
        buffer_append_format(out, ", %" PRId64 " of %" PRId64 " ready", state->succeeded,
                             state->total);
    if (state->failed > 0)
        buffer_append_format(out, ", %" PRId64 " failed", state->failed);
}

void progress_append_bar(struct buffer *out, const struct batch_state *state, size_t width)
{
    CLEANUP(buffer_deinit) struct buffer line = {0};
    const int64_t filled = state->percent * BAR_LENGTH / PERCENT_ALL;

    text_append_safe(&line, state->batch_id);
    buffer_append_text(&line, " [");
    for (int64_t i = 0; i < BAR_LENGTH; ++i)
        buffer_append_text(&line, i < filled ? "#" : ".");
    buffer_append_format(&line, "] %3" PRId64 " %%  ", state->percent);
    append_summary(&line, state);
    if (!line.overflown)
        text_append_cut(out, line.data, width);
}

void progress_append_line(struct buffer *out, const struct batch_state *state)
{
    text_append_safe(out, state->batch_id);
    buffer_append_text(out, ": ");
    append_summary(out, state);
}

static bool is_shown(const struct progress *progress, const struct buffer *line)
{
    return progress->shown.length == line->length && line->length > 0 &&
           memcmp(progress->shown.data, line->data, line->length) == 0;
}

void progress_show(struct progress *progress, const struct batch_state *state)
{
    CLEANUP(buffer_deinit) struct buffer line = {0};
    CLEANUP(buffer_deinit) struct buffer sent = {0};
    const bool is_bar = progress->terminal->err_can_redraw;

    if (is_bar)
        /* The last column stays free, for some terminals wrap there. */
        progress_append_bar(&line, state, progress->terminal->err_width - 1);
    else
        progress_append_line(&line, state);
    if (line.overflown || is_shown(progress, &line))
        return;
    buffer_append_text(&sent, is_bar ? "\r" : "");
    buffer_append(&sent, line.data, line.length);
    buffer_append_text(&sent, is_bar ? "\x1b[K" : "\n");
    if (!sent.overflown)
        (void)!terminal_write(progress->terminal->err_fd, sent.data, sent.length);
    buffer_reset(&progress->shown);
    buffer_append(&progress->shown, line.data, line.length);
}

void progress_finish(struct progress *progress)
{
    if (progress->terminal->err_can_redraw && progress->shown.length > 0)
        (void)!terminal_write(progress->terminal->err_fd, "\n", 1);
    buffer_reset(&progress->shown);
}
