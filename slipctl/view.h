/* Shows what the server answered, by tables that say which member stands under which title. Pure.
 *
 * A view is a list (rows of an array, a column a member) or a card (one object, a line a member).
 */
#pragma once

#include "lib/base/buffer.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum view_flags {
    /* Numbers and money stand at the right of their column. */
    VIEW_RIGHT = 1 << 0,
    /* Coloured by what it says: "active", "failed", … */
    VIEW_STATUS = 1 << 1,
    /* Gives way when a line does not fit the terminal. */
    VIEW_SHRINKS = 1 << 2,
};

struct view_column {
    const char *title;
    /* "plan_code"; "error/detail" for a member of a member. */
    const char *path;
    unsigned flags;
};

struct view {
    /* Stands above; NULL: nothing does. */
    const char *heading;
    /* The member that holds the array; NULL: a card of the object itself. */
    const char *rows;
    const struct view_column *columns;
    size_t column_count;
    /* For a list without rows. */
    const char *when_empty;
};

struct view_style {
    /* Columns of the terminal; 0: as wide as needed. */
    size_t width;
    bool has_colours;
};

void view_render(const struct view *view, const json_t *object, const struct view_style *style,
                 struct buffer *out);

/* The member at a path, NULL: it is missing. Borrowed. */
const json_t *view_member(const json_t *object, const char *path);
