/* A mail address as a user names it. What is allowed is one line, one mailbox, and nothing that a
 * mail's header or SMTP reads as more. */
#include "services/notifier/notice.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(cleanup_free) char *address = strndup((const char *)data, size);
    const char *at;

    assert(address != NULL);
    if (!mail_address_is_valid(address))
        return 0;
    at = strchr(address, '@');
    assert(at != NULL && at > address && strchr(at + 1, '@') == NULL);
    assert(strpbrk(address, " \t\r\n<>,;:\"()[]\\") == NULL);
    assert(strlen(address) <= 254);
    return 0;
}
