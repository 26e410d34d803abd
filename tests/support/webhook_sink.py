"""A reseller's own server: takes webhooks over real HTTP and checks each with standardwebhooks."""

import http.server
import json
import ssl
import sys
import threading
import time

from standardwebhooks import Webhook


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    # Many connections come at once.
    request_queue_size = 256

    def handle_error(self, request, client_address):
        """Callers that are killed go without a word."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Sink:
    """Listens on loopback; what it answers is decided by `answer(request)`, which returns a status
    or (status, headers)."""

    def __init__(self, answer=None, tls=None):
        self.received = []
        self.answer = answer or (lambda request: 204)
        self.changed = threading.Condition()
        sink = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):  # noqa: N802
                body = self.rfile.read(int(self.headers["Content-Length"]))
                sink.take(self, Request(self.path, dict(self.headers.items()), body))

            def do_GET(self):  # noqa: N802
                sink.take(self, Request(self.path, dict(self.headers.items()), b""))

            def log_message(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        scheme = "http"
        if tls:
            scheme = "https"
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"{scheme}://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, handler, request):
        answer = self.answer(request)
        status, headers = answer if isinstance(answer, tuple) else (answer, {})
        request.status = status
        with self.changed:
            self.received.append(request)
            self.changed.notify_all()
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    def wait(self, enough, seconds=30):
        """Until `enough(received)` holds; what was received."""
        deadline = time.monotonic() + seconds
        with self.changed:
            while not enough(self.received):
                left = deadline - time.monotonic()
                assert left > 0, [(item.id, item.status) for item in self.received]
                self.changed.wait(left)
            return list(self.received)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Request:
    def __init__(self, path, headers, body):
        self.path, self.body, self.status = path, body, None
        self.headers = {name.lower(): value for name, value in headers.items()}
        self.id = self.headers.get("webhook-id")
        self.at = time.monotonic()

    @property
    def json(self):
        return json.loads(self.body)

    def verify(self, secret):
        """Raises unless the signature, the time and the body belong together."""
        return Webhook(secret).verify(self.body, self.headers)

    def signatures(self):
        return self.headers["webhook-signature"].split(" ")
