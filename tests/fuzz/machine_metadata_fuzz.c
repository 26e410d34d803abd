/* Metadata as a node hands it back, both elements, and whether what we read we write the same way.
 */
#include "services/provisioner/metadata.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void assert_same_seal(const struct metadata *left, const struct metadata *right)
{
    assert(left->seal_key_id == right->seal_key_id);
    assert(left->sealed_length == right->sealed_length &&
           memcmp(left->sealed_password, right->sealed_password, left->sealed_length) == 0);
}

static void try_login(const char *text, size_t size)
{
    CLEANUP(cleanup_free) char *xml = NULL;
    struct metadata metadata = {0}, again = {0};

    if (metadata_parse_login(text, size, &metadata, NULL) != 0)
        return;
    assert(metadata_format_login(&metadata, &xml, NULL) == 0);
    assert(metadata_parse_login(xml, strlen(xml), &again, NULL) == 0);
    assert_same_seal(&again, &metadata);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(cleanup_free) char *xml = NULL;
    struct metadata metadata, again;

    try_login((const char *)data, size);
    if (metadata_parse((const char *)data, size, &metadata, NULL) != 0 ||
        metadata_format(&metadata, &xml, NULL) != 0)
        return 0;
    assert(metadata_parse(xml, strlen(xml), &again, NULL) == 0);
    assert(again.vps_id == metadata.vps_id && again.sequence == metadata.sequence);
    assert(again.state == metadata.state && again.port == metadata.port);
    assert(strcmp(again.step, metadata.step) == 0 && strcmp(again.login, metadata.login) == 0);
    assert(strcmp(again.address, metadata.address) == 0);
    assert(strcmp(again.failure, metadata.failure) == 0);
    assert_same_seal(&again, &metadata);
    return 0;
}
