#include "slipctl/view.h"

#include "slipctl/text.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

enum {
    COLUMNS_MAX = 16,
    GAP = 2,
    /* What a column that gives way still keeps. */
    WIDTH_LEAST = 8,
};

const json_t *view_member(const json_t *object, const char *path)
{
    char name[64];
    const char *slash;

    while ((slash = strchr(path, '/')) != NULL) {
        const size_t length = (size_t)(slash - path);

        assert(length < sizeof(name));
        memcpy(name, path, length);
        name[length] = '\0';
        object = json_object_get(object, name);
        path = slash + 1;
    }
    return json_object_get(object, path);
}

/* ---- one value ---- */

/* Nothing for null; what is nested deeper than a list of values is not unfolded. */
static void append_scalar(struct buffer *out, const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_STRING: text_append_safe(out, json_string_value(value)); break;
    case JSON_INTEGER:
        buffer_append_format(out, "%" PRId64, (int64_t)json_integer_value(value));
        break;
    case JSON_REAL: buffer_append_format(out, "%.15g", json_real_value(value)); break;
    case JSON_TRUE: buffer_append_text(out, "yes"); break;
    case JSON_FALSE: buffer_append_text(out, "no"); break;
    case JSON_ARRAY:
    case JSON_OBJECT: buffer_append_text(out, "..."); break;
    case JSON_NULL: break;
    }
}

/* "-" for what is missing or empty. */
static void append_value(struct buffer *out, const json_t *value)
{
    const size_t before = out->length;

    for (size_t i = 0; i < json_array_size(value); ++i) {
        buffer_append_text(out, i > 0 ? ", " : "");
        append_scalar(out, json_array_get(value, i));
    }
    if (value != NULL && !json_is_array(value))
        append_scalar(out, value);
    if (out->length == before)
        buffer_append_text(out, "-");
}

/* Green for what is well, red for what is not, yellow for what is on its way. */
static const char *colour_of(const char *status)
{
    static const struct {
        const char *status, *colour;
    } colours[] = {
        {"active",    "\x1b[32m"},
        {"completed", "\x1b[32m"},
        {"running",   "\x1b[32m"},
        {"failed",    "\x1b[31m"},
        {"suspended", "\x1b[31m"},
        {"expired",   "\x1b[31m"},
        {"partial",   "\x1b[31m"},
        {"deleted",   "\x1b[2m" },
        {"stopped",   "\x1b[2m" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(colours); ++i)
        if (strcmp(colours[i].status, status) == 0)
            return colours[i].colour;
    return "\x1b[33m";
}

static void append_spaces(struct buffer *out, size_t count)
{
    buffer_append_format(out, "%*s", (int)count, "");
}

/* `width` 0: as wide as it is. `is_last`: nothing follows, so no spaces either. */
static void append_cell(struct buffer *out, const struct view_column *column, const char *text,
                        size_t width, bool is_last, const struct view_style *style)
{
    const bool is_coloured = style->has_colours && (column->flags & VIEW_STATUS) != 0;
    const size_t taken = text_width(text);
    const size_t padding = width > taken ? width - taken : 0;

    if ((column->flags & VIEW_RIGHT) != 0)
        append_spaces(out, padding);
    buffer_append_text(out, is_coloured ? colour_of(text) : "");
    if (width > 0)
        text_append_cut(out, text, width);
    else
        buffer_append_text(out, text);
    buffer_append_text(out, is_coloured ? "\x1b[0m" : "");
    if ((column->flags & VIEW_RIGHT) == 0 && !is_last)
        append_spaces(out, padding);
}

/* ---- a card ---- */

static size_t widest_title(const struct view *view)
{
    size_t widest = 0;

    for (size_t i = 0; i < view->column_count; ++i)
        if (text_width(view->columns[i].title) > widest)
            widest = text_width(view->columns[i].title);
    return widest;
}

/* Members that this answer does not have are left out. */
static void render_card(const struct view *view, const json_t *object,
                        const struct view_style *style, struct buffer *out)
{
    const size_t widest = widest_title(view);

    for (size_t i = 0; i < view->column_count; ++i) {
        CLEANUP(buffer_deinit) struct buffer text = {0};
        const json_t *value = view_member(object, view->columns[i].path);
        struct view_column column = view->columns[i];

        if (value == NULL)
            continue;
        column.flags &= ~(unsigned)VIEW_RIGHT;
        append_value(&text, value);
        buffer_append_text(out, column.title);
        append_spaces(out, widest - text_width(column.title) + GAP);
        append_cell(out, &column, text.data != NULL ? text.data : "", 0, true, style);
        buffer_append(out, "\n", 1);
    }
}

/* ---- a list ---- */

static void measure(const struct view *view, const json_t *rows, size_t *widths)
{
    for (size_t i = 0; i < view->column_count; ++i)
        widths[i] = text_width(view->columns[i].title);
    for (size_t row = 0; row < json_array_size(rows); ++row)
        for (size_t i = 0; i < view->column_count; ++i) {
            CLEANUP(buffer_deinit) struct buffer text = {0};
            size_t width;

            append_value(&text, view_member(json_array_get(rows, row), view->columns[i].path));
            width = text.data != NULL ? text_width(text.data) : 0;
            if (width > widths[i])
                widths[i] = width;
        }
}

/* Takes from the widest that gives way, column by column, until the line fits or none is left. */
static void shrink(const struct view *view, size_t *widths, size_t line_width)
{
    size_t total = (view->column_count - 1) * GAP;

    for (size_t i = 0; i < view->column_count; ++i)
        total += widths[i];
    while (line_width > 0 && total > line_width) {
        size_t widest = view->column_count;

        for (size_t i = 0; i < view->column_count; ++i)
            if ((view->columns[i].flags & VIEW_SHRINKS) != 0 && widths[i] > WIDTH_LEAST &&
                (widest == view->column_count || widths[i] > widths[widest]))
                widest = i;
        if (widest == view->column_count)
            return;
        --widths[widest];
        --total;
    }
}

static void append_titles(const struct view *view, const size_t *widths,
                          const struct view_style *style, struct buffer *out)
{
    for (size_t i = 0; i < view->column_count; ++i) {
        struct view_column column = view->columns[i];

        column.flags &= ~(unsigned)VIEW_STATUS;
        append_cell(out, &column, column.title, widths[i], i + 1 == view->column_count, style);
        append_spaces(out, i + 1 < view->column_count ? GAP : 0);
    }
    buffer_append(out, "\n", 1);
}

static void append_row(const struct view *view, const json_t *row, const size_t *widths,
                       const struct view_style *style, struct buffer *out)
{
    for (size_t i = 0; i < view->column_count; ++i) {
        CLEANUP(buffer_deinit) struct buffer text = {0};

        append_value(&text, view_member(row, view->columns[i].path));
        append_cell(out, &view->columns[i], text.data != NULL ? text.data : "", widths[i],
                    i + 1 == view->column_count, style);
        append_spaces(out, i + 1 < view->column_count ? GAP : 0);
    }
    buffer_append(out, "\n", 1);
}

static void render_list(const struct view *view, const json_t *rows, const struct view_style *style,
                        struct buffer *out)
{
    size_t widths[COLUMNS_MAX];

    if (json_array_size(rows) == 0) {
        if (view->when_empty != NULL)
            buffer_append_format(out, "%s\n", view->when_empty);
        return;
    }
    assert(view->column_count > 0 && view->column_count <= COLUMNS_MAX);
    measure(view, rows, widths);
    shrink(view, widths, style->width);
    append_titles(view, widths, style, out);
    for (size_t row = 0; row < json_array_size(rows); ++row)
        append_row(view, json_array_get(rows, row), widths, style, out);
}

void view_render(const struct view *view, const json_t *object, const struct view_style *style,
                 struct buffer *out)
{
    if (view->heading != NULL)
        buffer_append_format(out, "%s\n", view->heading);
    if (view->rows == NULL)
        render_card(view, object, style, out);
    else
        render_list(view, view_member(object, view->rows), style, out);
}
