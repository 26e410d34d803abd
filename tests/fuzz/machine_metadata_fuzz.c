/* Metadata as a node hands it back, and whether what we read we write the same way. */
#include "services/provisioner/metadata.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(cleanup_free) char *xml = NULL;
    struct metadata metadata, again;

    if (metadata_parse((const char *)data, size, &metadata, NULL) != 0 ||
        metadata_format(&metadata, &xml, NULL) != 0)
        return 0;
    assert(metadata_parse(xml, strlen(xml), &again, NULL) == 0);
    assert(again.vps_id == metadata.vps_id && again.sequence == metadata.sequence);
    assert(again.state == metadata.state && again.port == metadata.port);
    assert(strcmp(again.step, metadata.step) == 0 && strcmp(again.login, metadata.login) == 0);
    assert(strcmp(again.address, metadata.address) == 0);
    assert(strcmp(again.failure, metadata.failure) == 0);
    assert(again.sealed_length == metadata.sealed_length &&
           memcmp(again.sealed_password, metadata.sealed_password, again.sealed_length) == 0);
    return 0;
}
