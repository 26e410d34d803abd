#include "lib/http/client_call.h"

#include <string.h>
#include <strings.h>
#include <sys/socket.h>

static bool add_header(struct client_call *call, const char *line)
{
    struct curl_slist *headers = curl_slist_append(call->headers, line);

    if (headers == NULL)
        return false;
    call->headers = headers;
    return true;
}

static bool add_headers(struct client_call *call, const char *const *lines)
{
    bool has_type = false;

    for (; lines != NULL && *lines != NULL; lines++) {
        has_type = has_type || strncasecmp(*lines, "Content-Type:", 13) == 0;
        if (!add_header(call, *lines))
            return false;
    }
    /* libcurl would wait for "100 Continue", and call any body a form. */
    return add_header(call, "Expect:") && (has_type || add_header(call, "Content-Type:"));
}

static bool copy_request(struct client_call *call, const struct http_client_request *request)
{
    const bool has_body = request->body != NULL;

    call->method = strdup(request->method);
    call->url = strdup(request->url);
    call->body = has_body ? malloc(request->body_length + 1) : NULL;
    if (call->method == NULL || call->url == NULL || (has_body && call->body == NULL))
        return false;
    if (has_body)
        memcpy(call->body, request->body, request->body_length);
    call->body_length = has_body ? request->body_length : 0;
    call->timeout_ms = request->timeout_ms;
    call->only_once = request->only_once;
    return add_headers(call, request->headers);
}

struct client_call *client_call_new(const struct http_client_request *request,
                                    const struct http_client_options *options)
{
    struct client_call *call = calloc(1, sizeof(*call));

    if (call == NULL)
        return NULL;
    call->options = options;
    call->answer.limit = (size_t)options->answer_bytes_limit;
    if (copy_request(call, request))
        return call;
    client_call_free(call);
    return NULL;
}

void client_call_free(struct client_call *call)
{
    if (call == NULL)
        return;
    if (call->easy != NULL)
        curl_easy_cleanup(call->easy);
    curl_slist_free_all(call->headers);
    buffer_deinit(&call->answer);
    free(call->method);
    free(call->url);
    free(call->body);
    free(call);
}

void client_call_link(struct client_call **list, struct client_call *call)
{
    call->previous = NULL;
    call->next = *list;
    if (*list != NULL)
        (*list)->previous = call;
    *list = call;
}

void client_call_unlink(struct client_call **list, struct client_call *call)
{
    if (call->previous != NULL)
        call->previous->next = call->next;
    else
        *list = call->next;
    if (call->next != NULL)
        call->next->previous = call->previous;
}

static size_t take_answer(char *data, size_t size, size_t count, void *context)
{
    struct client_call *call = context;
    const size_t length = size * count;
    const size_t room = call->answer.limit - call->answer.length;

    call->is_cut = call->options->cuts_long_answers && length > room;
    buffer_append(&call->answer, data, call->is_cut ? room : length);
    return call->answer.overflown || call->is_cut ? CURL_WRITEFUNC_ERROR : length;
}

/* Sees the very address that is connected to, whatever the name led to before. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct client_call *call = context;
    const struct http_client_options *options = call->options;

    if (purpose != CURLSOCKTYPE_IPCXN ||
        (options->may_connect != NULL &&
         !options->may_connect(options->may_connect_context, &address->addr))) {
        call->is_refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

CURL *client_call_new_handle(const struct http_client_options *options)
{
    CURL *easy = curl_easy_init();

    if (easy == NULL)
        return NULL;
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    (void)curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)options->connect_timeout_ms);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_answer);
    (void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    if (options->ca_file != NULL && options->ca_file[0] != '\0')
        (void)curl_easy_setopt(easy, CURLOPT_CAINFO, options->ca_file);
    return easy;
}

/* Which options stand for the method: libcurl has no single one. A handle was used before, so each
 * way sets all of them. */
static CURLcode set_method(struct client_call *call)
{
    CURL *easy = call->easy;
    const bool is_head = strcmp(call->method, "HEAD") == 0;
    const bool is_post = strcmp(call->method, "POST") == 0;

    (void)curl_easy_setopt(easy, CURLOPT_NOBODY, is_head ? 1L : 0L);
    if (call->body == NULL && !is_post) {
        if (!is_head)
            (void)curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    } else {
        (void)curl_easy_setopt(easy, CURLOPT_POST, 1L);
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body_length);
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call->body != NULL ? call->body : "");
    }
    return curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, is_head ? NULL : call->method);
}

bool client_call_prepare(struct client_call *call)
{
    CURL *easy = call->easy;

    (void)curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
    (void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, call);
    (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, call->headers);
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)call->timeout_ms);
    (void)curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, call->only_once ? 1L : 0L);
    return set_method(call) != CURLE_OK ||
           curl_easy_setopt(easy, CURLOPT_URL, call->url) != CURLE_OK;
}

struct client_call *client_call_of(CURL *easy)
{
    struct client_call *call = NULL;

    (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &call);
    return call;
}

/* Whether any of the request went out. */
static bool was_sent(CURL *easy)
{
    long request_size = 0;

    (void)curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &request_size);
    return request_size > 0;
}

static enum fault fault_of(const struct client_call *call, CURLcode code)
{
    if (call->answer.overflown || call->is_refused || code == CURLE_URL_MALFORMAT ||
        code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_PEER_FAILED_VERIFICATION)
        return FAULT_HARD;
    return was_sent(call->easy) ? FAULT_UNCERTAIN : FAULT_RETRY;
}

static const char *fault_text(const struct client_call *call, CURLcode code)
{
    if (call->is_refused)
        return "the address may not be connected to";
    return call->answer.overflown ? "the answer is too large" : curl_easy_strerror(code);
}

int client_call_result(struct client_call *call, CURLcode code,
                       struct http_client_answer *ret_answer, struct error *error)
{
    curl_off_t retry_after_s = 0;
    long status = 0;

    if (code != CURLE_OK && !(code == CURLE_WRITE_ERROR && call->is_cut))
        return error_set(error, fault_of(call, code), "%s", fault_text(call, code));
    (void)curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(call->easy, CURLINFO_RETRY_AFTER, &retry_after_s);
    *ret_answer = (struct http_client_answer){
        .status = (unsigned)status,
        .body = call->answer.data != NULL ? call->answer.data : "",
        .body_length = call->answer.length,
        .retry_after_s = retry_after_s,
    };
    return 0;
}
