#include "lib/http/request_checks.h"

#include "lib/base/encoding.h"

#include <string.h>
#include <strings.h>

enum single_header {
    CONTENT_LENGTH,
    TRANSFER_ENCODING,
    HOST,
    AUTHORIZATION,
    IDEMPOTENCY_KEY,
    TIMESTAMP,
    SIGNATURE,
    SINGLE_COUNT,
};

/* Those that may come once only. */
static const struct {
    const char *name;
    size_t length;
    const char *refusal;
} singles[SINGLE_COUNT] = {
    [CONTENT_LENGTH] = {"Content-Length",    14, "Content-Length is repeated."   },
    [TRANSFER_ENCODING] = {"Transfer-Encoding", 17, "Transfer-Encoding is repeated."},
    [HOST] = {"Host",              4,  "Host is repeated."             },
    [AUTHORIZATION] = {"Authorization",     13, "Authorization is repeated."    },
    [IDEMPOTENCY_KEY] = {"Idempotency-Key",   15, "Idempotency-Key is repeated."  },
    [TIMESTAMP] = {"X-Timestamp",       11, "X-Timestamp is repeated."      },
    [SIGNATURE] = {"X-Signature",       11, "X-Signature is repeated."      },
};

/* CR and LF. */
enum { LINE_END = 2 };

struct visit {
    const char *values[SINGLE_COUNT];
    const char *refusal;
    /* Where the next line must stand; NULL: lines are not watched. */
    const char *line;
};

static bool is_token(const char *name, size_t length)
{
    static const char others[] = "!#$%&'*+-.^_`|~";

    for (size_t i = 0; i < length; i++) {
        const char c = name[i];
        const char lower = (char)(c | 0x20);

        if ((lower < 'a' || lower > 'z') && (c < '0' || c > '9') &&
            (c == '\0' || strchr(others, c) == NULL))
            return false;
    }
    return length > 0;
}

static bool has_control(const char *value, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        const unsigned char c = (unsigned char)value[i];

        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return true;
    }
    return false;
}

/* Before 1.0 libmicrohttpd cuts values at NUL, ends a line at a bare line feed, takes a line that
 * begins with a colon or NUL for the header's end, and appends a folded line to its header's name:
 * others see another request. All texts stand in the buffer that they were read into, with CR and
 * LF overwritten, so what it did not show leaves a gap between what it showed. */
static bool follows(struct visit *visit, const char *name, size_t name_length, const char *value,
                    size_t value_length)
{
    const char *at = name + name_length + 1;

    if (name != visit->line)
        return false;
    while (at < value && (*at == ' ' || *at == '\t'))
        at++;
    visit->line = value + value_length + LINE_END;
    return at == value;
}

static bool ends_in_place(const struct visit *visit, struct MHD_Connection *mhd, const char *method)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

    return info != NULL && visit->line + LINE_END == method + info->header_size;
}

static enum MHD_Result visit_header(void *context, enum MHD_ValueKind kind, const char *name,
                                    size_t name_length, const char *value, size_t value_length)
{
    struct visit *visit = context;

    (void)kind;
    if (!is_token(name, name_length))
        visit->refusal = "A header's name is malformed.";
    else if (value == NULL || has_control(value, value_length))
        visit->refusal = "A header's value is malformed.";
    else if (visit->line != NULL && !follows(visit, name, name_length, value, value_length))
        visit->refusal = "A header's line is malformed.";
    for (size_t i = 0; i < SINGLE_COUNT && visit->refusal == NULL; i++) {
        if (name_length != singles[i].length || strcasecmp(name, singles[i].name) != 0)
            continue;
        if (visit->values[i] != NULL)
            visit->refusal = singles[i].refusal;
        visit->values[i] = value;
    }
    return visit->refusal == NULL ? MHD_YES : MHD_NO;
}

static const char *check_framing(const struct visit *visit, bool is_version_11)
{
    const char *encoding = visit->values[TRANSFER_ENCODING];

    if (visit->values[HOST] == NULL && is_version_11)
        return "Host is missing.";
    if (encoding == NULL)
        return NULL;
    if (visit->values[CONTENT_LENGTH] != NULL)
        return "Content-Length and Transfer-Encoding exclude each other.";
    if (strcasecmp(encoding, "chunked") != 0 || !is_version_11)
        return "The transfer encoding is not known.";
    return NULL;
}

struct request_headers request_check_headers(struct MHD_Connection *mhd, const char *method,
                                             const char *version)
{
    struct request_headers headers = {0};
    struct visit visit = {0};
    const char *length_text;

    if (strncmp(MHD_get_version(), "0.", 2) == 0)
        visit.line = version + strlen(version) + LINE_END;
    (void)MHD_get_connection_values_n(mhd, MHD_HEADER_KIND, visit_header, &visit);
    if (visit.refusal == NULL && visit.line != NULL && !ends_in_place(&visit, mhd, method))
        visit.refusal = "The header's end is malformed.";
    length_text = visit.values[CONTENT_LENGTH];
    headers.refusal = visit.refusal != NULL
                          ? visit.refusal
                          : check_framing(&visit, strcmp(version, MHD_HTTP_VERSION_1_1) == 0);
    if (visit.values[TRANSFER_ENCODING] != NULL)
        headers.announced_length = UINT64_MAX;
    else if (length_text != NULL && decimal_parse_u64(length_text, &headers.announced_length))
        headers.refusal = "Content-Length is malformed.";
    /* What is refused may have a body that was not understood. */
    headers.has_body = headers.announced_length > 0 || headers.refusal != NULL;
    return headers;
}
