#include "lib/base/trace.h"

#include "lib/base/clock.h"
#include "lib/base/encoding.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

static bool is_hex(const char *text, size_t length)
{
    return strspn(text, "0123456789abcdef") >= length;
}

static bool is_zero(const char *text, size_t length)
{
    return strspn(text, "0") >= length;
}

static bool is_sane_traceparent(const char *text)
{
    return strlen(text) == TRACEPARENT_SIZE - 1 && strncmp(text, "00-", 3) == 0 &&
           is_hex(text + 3, 32) && text[35] == '-' && is_hex(text + 36, 16) && text[52] == '-' &&
           is_hex(text + 53, 2) && !is_zero(text + 3, 32) && !is_zero(text + 36, 16);
}

static bool is_sane_request_id(const char *text)
{
    const size_t length = strlen(text);

    return length > 0 && length < REQUEST_ID_SIZE &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-") ==
               length;
}

void trace_begin(const char *traceparent, const char *request_id, struct trace *ret_trace)
{
    unsigned char entropy[24];
    char hex[2 * sizeof(entropy) + 1];
    const bool goes_on = traceparent != NULL && is_sane_traceparent(traceparent);

    randombytes_buf(entropy, sizeof(entropy));
    hex_encode(entropy, sizeof(entropy), hex);
    (void)snprintf(ret_trace->traceparent, sizeof(ret_trace->traceparent), "00-%.32s-%.16s-%.2s",
                   goes_on ? traceparent + 3 : hex, hex + 32, goes_on ? traceparent + 53 : "01");
    if (request_id != NULL && is_sane_request_id(request_id))
        (void)snprintf(ret_trace->request_id, sizeof(ret_trace->request_id), "%s", request_id);
    else
        (void)ulid_make(clock_now_us(NULL), ret_trace->request_id);
}

void trace_copy_id(const struct trace *trace, char ret_trace_id[static 33])
{
    (void)snprintf(ret_trace_id, 33, "%.32s",
                   strlen(trace->traceparent) > 35 ? trace->traceparent + 3 : "");
}
