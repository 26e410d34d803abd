/* Headers and parameters that strangers write: Authorization, Idempotency-Key, Prefer, Accept,
 * If-None-Match, Origin, cursors and batch ids. */
#include "services/gateway/api_key.h"
#include "services/gateway/batch_snapshot.h"
#include "services/gateway/catalog_cache.h"
#include "services/gateway/cors.h"
#include "services/gateway/cursor.h"
#include "services/gateway/idempotency_key.h"
#include "services/gateway/prefer.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_cursor(const char *text)
{
    char again[CURSOR_SIZE];
    uint64_t id;

    if (cursor_decode(text, &id))
        return;
    cursor_encode(id, again);
    assert(strcmp(again, text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(cleanup_free) char *text = strndup((const char *)data, size);
    uint8_t hash[IDEMPOTENCY_HASH_SIZE];
    const char *key;
    uint32_t seconds;

    assert(text != NULL);
    key = api_key_from_authorization(text);
    assert(key == NULL || strlen(key) == API_KEY_LENGTH);
    if (idempotency_key_is_valid(text))
        idempotency_scope(42, "POST", "/vps", text, hash);
    assert(prefer_wait_s(text) <= PREFER_WAIT_LONGEST_S);
    assert(prefer_wait(text, &seconds) || prefer_wait_s(text) == 0);
    if (accept_names(text, "text/event-stream"))
        assert(accept_allows(text, "text/event-stream"));
    (void)etag_matches(text, "\"44136fa355b3678a\"");
    (void)cors_is_allowed("https://a.example, https://b.example", text);
    (void)cors_is_allowed(text, "https://a.example");
    assert(!batch_id_is_shaped(text) || strlen(text) < BATCH_ID_SIZE);
    check_cursor(text);
    return 0;
}
