/* What the server answered. */
#pragma once

#include "lib/base/buffer.h"
#include "lib/base/trace.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct answer {
    unsigned status;
    /* May hold a password or a key: wiped with the answer. */
    struct buffer body;
    /* "": none. */
    char content_type[64];
    char request_id[REQUEST_ID_SIZE];
    /* 0: none. */
    int64_t retry_after_s;
};

/* Empty, with room so that what usual bodies hold is never copied about by growing. */
void answer_init(struct answer *answer);
void answer_deinit(struct answer *answer);
/* Empties it for the next attempt. */
void answer_reset(struct answer *answer);

/* 200 to 299. */
bool answer_is_success(const struct answer *answer);

/* The body as a JSON object, the caller's to json_decref(); NULL: it is none. */
json_t *answer_json(const struct answer *answer);

/* The member "code" of a problem is this one. */
bool answer_has_code(const struct answer *answer, const char *code);
