#include "services/gateway/reinstall_request.h"

#include "services/gateway/proto_text.h"
#include "services/gateway/purchase_request.h"

int reinstall_request_read(const json_t *body, Slipway__V1__ReinstallVps *ret_reinstall,
                           struct problem *problem)
{
    struct json_reader reader;
    const char *os_code = "";

    slipway__v1__reinstall_vps__init(ret_reinstall);
    json_reader_init(&reader, body, "", problem);
    (void)json_reader_text(&reader, "os_code", CODE_LENGTH_MAX, &os_code);
    json_reader_finish(&reader);
    ret_reinstall->os_code = proto_text(os_code);
    return (int)problem->code;
}
