/* The server's own side of a streaming reply. */
#pragma once

#include "lib/http/exchange.h"

/* By the watch: the client hung up. libmicrohttpd closes the connection soon after. */
void stream_client_left(struct http_stream *stream);

/* On the server thread: the response that carries the stream; NULL when there is no memory, and the
 * stream is then told that its client is gone. */
struct MHD_Response *stream_response(struct http_stream *stream);
