#include "slipctl/transport.h"

#include <curl/curl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
    CONNECT_TIMEOUT_MS = 10000,
    /* A stream says something every 15 s; one that is silent for longer is dead. */
    SILENCE_LONGEST_S = 40,
};

struct transport {
    CURL *easy;
    const char *ca_file;
};

/* One exchange under way. */
struct exchange {
    CURL *easy;
    const struct transport_request *request;
    struct answer *answer;
    struct curl_slist *headers;
    bool is_satisfied;
};

int transport_new(const char *ca_file, struct transport **ret_transport, struct error *error)
{
    CLEANUP(transport_free_cleanup) struct transport *transport = calloc(1, sizeof(*transport));

    if (transport == NULL)
        return error_set(error, FAULT_HARD, "There is no memory left.");
    transport->ca_file = ca_file;
    transport->easy = curl_easy_init();
    if (transport->easy == NULL)
        return error_set(error, FAULT_HARD, "libcurl can't be used.");
    *ret_transport = TAKE(transport);
    return 0;
}

void transport_free(struct transport *transport)
{
    if (transport == NULL)
        return;
    curl_easy_cleanup(transport->easy);
    free(transport);
}

static void exchange_deinit(struct exchange *exchange)
{
    for (struct curl_slist *line = exchange->headers; line != NULL; line = line->next)
        sodium_memzero(line->data, strlen(line->data));
    curl_slist_free_all(exchange->headers);
}

static bool add_header(struct exchange *exchange, const char *line)
{
    struct curl_slist *headers = curl_slist_append(exchange->headers, line);

    if (headers == NULL)
        return true;
    exchange->headers = headers;
    return false;
}

/* True: no memory. libcurl would wait for "100 Continue". */
static bool add_headers(struct exchange *exchange)
{
    bool failed = add_header(exchange, "Expect:");

    for (const char *const *line = exchange->request->headers; *line != NULL; ++line)
        failed = failed || add_header(exchange, *line);
    return failed;
}

static bool is_stream(const struct exchange *exchange)
{
    static const char type[] = "text/event-stream";
    const char *sent = NULL;
    long status = 0;

    (void)curl_easy_getinfo(exchange->easy, CURLINFO_CONTENT_TYPE, &sent);
    (void)curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
    return exchange->request->sink != NULL && status == 200 && sent != NULL &&
           strncasecmp(sent, type, sizeof(type) - 1) == 0;
}

static size_t take_data(char *data, size_t size, size_t count, void *context)
{
    struct exchange *exchange = context;
    const size_t length = size * count;

    if (is_stream(exchange)) {
        exchange->is_satisfied =
            !exchange->request->sink(exchange->request->sink_context, data, length);
        return exchange->is_satisfied ? CURL_WRITEFUNC_ERROR : length;
    }
    buffer_append(&exchange->answer->body, data, length);
    return exchange->answer->body.overflown ? CURL_WRITEFUNC_ERROR : length;
}

static void set_safety(const struct transport *transport, const struct transport_request *request)
{
    CURL *easy = transport->easy;

    (void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    (void)curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (transport->ca_file != NULL)
        (void)curl_easy_setopt(easy, CURLOPT_CAINFO, transport->ca_file);
    if (request->is_plain)
        (void)curl_easy_setopt(easy, CURLOPT_PROXY, "");
}

static void set_limits(CURL *easy, const struct transport_request *request)
{
    (void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    (void)curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)SILENCE_LONGEST_S);
}

/* True: it can't be sent. */
static bool prepare(const struct transport *transport, struct exchange *exchange)
{
    const struct transport_request *request = exchange->request;
    CURL *easy = transport->easy;

    curl_easy_reset(easy);
    set_safety(transport, request);
    set_limits(easy, request);
    (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    (void)curl_easy_setopt(easy, CURLOPT_USERAGENT, "slipctl/" SLIPCTL_VERSION);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_data);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
    if (request->body != NULL || strcmp(request->method, "POST") == 0) {
        const char *body = request->body != NULL ? request->body : "";

        (void)curl_easy_setopt(easy, CURLOPT_POST, 1L);
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)strlen(body));
    }
    return add_headers(exchange) ||
           curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method) != CURLE_OK ||
           curl_easy_setopt(easy, CURLOPT_HTTPHEADER, exchange->headers) != CURLE_OK ||
           curl_easy_setopt(easy, CURLOPT_URL, request->url) != CURLE_OK;
}

static void read_head(CURL *easy, struct answer *answer)
{
    const char *type = NULL;
    long status = 0;
    curl_off_t retry_after_s = 0;
    struct curl_header *header;

    (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
    (void)curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &retry_after_s);
    answer->status = (unsigned)status;
    answer->retry_after_s = retry_after_s;
    (void)snprintf(answer->content_type, sizeof(answer->content_type), "%s",
                   type != NULL ? type : "");
    if (curl_easy_header(easy, "X-Request-Id", 0, CURLH_HEADER, -1, &header) == CURLHE_OK)
        (void)snprintf(answer->request_id, sizeof(answer->request_id), "%s", header->value);
}

static enum fault fault_of(CURL *easy, CURLcode code)
{
    long request_size = 0;

    if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
        code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_WEIRD_SERVER_REPLY)
        return FAULT_HARD;
    (void)curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &request_size);
    return request_size > 0 ? FAULT_UNCERTAIN : FAULT_RETRY;
}

int transport_exchange(struct transport *transport, const struct transport_request *request,
                       struct answer *ret_answer, struct error *error)
{
    CLEANUP(exchange_deinit)
    struct exchange exchange = {.easy = transport->easy, .request = request, .answer = ret_answer};
    CURLcode code;

    answer_reset(ret_answer);
    if (prepare(transport, &exchange))
        return error_set(error, FAULT_HARD, "There is no memory left.");
    code = curl_easy_perform(transport->easy);
    if (ret_answer->body.overflown)
        return error_set(error, FAULT_HARD, "The server's answer is too large.");
    if (code != CURLE_OK && !exchange.is_satisfied)
        return error_set(error, fault_of(transport->easy, code), "%s", curl_easy_strerror(code));
    read_head(transport->easy, ret_answer);
    return 0;
}
