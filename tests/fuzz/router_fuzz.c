/* Any method and path, separated by a space, against a table like the gateway's. */
#include "lib/http/router.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct route table[] = {
    {"GET",    "/vps"                              },
    {"POST",   "/vps"                              },
    {"GET",    "/vps/{vps_id}"                     },
    {"GET",    "/vps/catalog"                      },
    {"POST",   "/vps/{vps_id}/power/{action}"      },
    {"GET",    "/deposits/{provider}/{external_id}"},
    {"DELETE", "/a/{a}/{b}/{c}/{d}"                },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(cleanup_free) char *text = calloc(1, size + 2);
    struct route_match match = {0};
    char *path;

    assert(text != NULL);
    memcpy(text, data, size);
    path = strchr(text, ' ');
    if (path != NULL)
        *path++ = '\0';
    if (router_match(table, ARRAY_LENGTH(table), sizeof(table[0]), text, path != NULL ? path : "",
                     &match) == 0)
        assert((match.parameters[0][0] != '\0') == (strchr(match.route->pattern, '{') != NULL));
    return 0;
}
