/* The file of `slipctl login`, and the address that may stand in it. */
#include "slipctl/base_url.h"
#include "slipctl/config_file.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(config_file_deinit) struct config_file config = {0};
    struct base_url url;
    struct error error;

    if (config_file_parse((const char *)data, size, &config, &error) != 0)
        return 0;
    assert(config.key.text[0] == '\0' || secret_is_api_key(config.key.text));
    if (base_url_parse(config.url, false, &url, &error) != 0)
        return 0;
    assert(strncmp(url.text, url.is_plain ? "http://" : "https://", url.is_plain ? 7 : 8) == 0);
    assert(url.text[url.path_at] == '/' && url.text[strlen(url.text) - 1] != '/');
    return 0;
}
