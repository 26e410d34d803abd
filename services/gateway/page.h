/* Lists: ?limit, ?cursor, and the end of the answer that leads to the next page. */
#pragma once

#include "lib/base/buffer.h"
#include "services/gateway/request.h"

enum { PAGE_LIMIT_DEFAULT = 50, PAGE_LIMIT_LONGEST = 200 };

struct page {
    uint32_t limit;
    /* 0: the first page. */
    uint64_t before_id;
};

/* > 0: field errors were added. */
MUST_CHECK int page_read(struct request *request, struct page *ret_page);

/* {"items":[ */
void page_begin(struct buffer *body);
/* ],"next_cursor":…} and the header Link. next_before_id 0: this was the last page. */
void page_end(struct request *request, uint64_t next_before_id, struct buffer *body);

/* A query parameter that must be one of `words` (ends with NULL); "" when it was not sent. > 0: a
 * field error was added. */
MUST_CHECK int page_read_word(struct request *request, const char *name, const char *const *words,
                              const char **ret_word);
/* A query parameter that is an id; 0 when it was not sent. */
MUST_CHECK int page_read_id(struct request *request, const char *name, uint64_t *ret_id);
/* A query parameter that is a time; 0 when it was not sent. */
MUST_CHECK int page_read_time(struct request *request, const char *name, int64_t *ret_time_us);
/* A query parameter that is some code of the catalog; "" when it was not sent. */
MUST_CHECK int page_read_code(struct request *request, const char *name, const char **ret_code);
