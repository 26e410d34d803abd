/* JSON as providers write it down before they sign it: members sorted by the bytes of their names,
 * no spaces, numbers digit by digit as they came. */
#pragma once

#include "lib/base/buffer.h"
#include "services/billing/providers/provider_json.h"

enum provider_canonical_style {
    /* PHP's json_encode() after ksort(): only the outermost object is sorted, "/" is "\/", and
     * everything but ASCII is \uXXXX with lower-case digits. Source: php.net/json_encode. */
    PROVIDER_CANONICAL_PHP,
    /* JavaScript's JSON.stringify() of sorted objects, at every level: UTF-8 as it is. Source:
     * ECMA-262, QuoteJSONString. */
    PROVIDER_CANONICAL_JS,
};

/* `root` is what provider_json_parse() returned. FAULT_HARD: an object has more members than anyone
 * signs, or no memory. */
MUST_CHECK int provider_canonical_append(struct buffer *text, json_t *root,
                                         enum provider_canonical_style style, struct error *error);
