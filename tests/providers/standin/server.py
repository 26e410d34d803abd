"""HTTP: /<provider>/… as the provider would answer, /__/… the buttons, / and /pay/… for people."""

import http.server
import re
import time
import urllib.parse

from standin.control import Control
from standin.page import page_of_all, page_of_one
from standin.provider import Answer, Request

BODY_MAX = 1024 * 1024
IDLE_S = 60


class Handler(http.server.BaseHTTPRequestHandler):
    """A request; `world` and `control` are set on the class by serve()."""

    protocol_version = "HTTP/1.1"
    server_version = "standin"
    sys_version = ""
    timeout = IDLE_S
    # Head and body are two writes; the second would wait for the first's acknowledgement.
    disable_nagle_algorithm = True
    world = None
    control = None

    def log_message(self, _format, *_arguments):
        """Requests are kept in memory, under /__/requests."""

    def read_request(self):
        length = self.headers.get("Content-Length", "0")
        if not re.fullmatch(r"[0-9]{1,9}", length) or int(length) > BODY_MAX:
            self.close_connection = True
            return None
        target = urllib.parse.urlsplit(self.path)
        return Request(
            method=self.command,
            path=target.path,
            query=dict(urllib.parse.parse_qsl(target.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(length)),
        )

    def send(self, answer):
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def serve_provider(self, provider, request):
        """Faults first: `status` is before the work, `drop` and `garbage` are after it."""
        with self.world.lock:
            fault = provider.shop.take_fault(request.path)
            record = {
                "provider": provider.name,
                "method": request.method,
                "path": request.path,
                "fault": fault.kind if fault else None,
            }
            self.world.requests.append(record)
        if fault and fault.kind == "hang":
            time.sleep(fault.seconds)
        if fault and fault.kind == "status":
            extra = {"Retry-After": str(fault.retry_after)} if fault.retry_after else {}
            return Answer(
                fault.status, b"<html>fault</html>", {"Content-Type": "text/html", **extra}
            )
        with self.world.lock:
            answer = provider.answer(request)
        record["status"] = answer.status
        if fault and fault.kind == "drop":
            return None
        if fault and fault.kind == "garbage":
            return Answer(answer.status, answer.body[: len(answer.body) // 2], answer.headers)
        return answer

    def respond(self, request):
        """The answer, or None to hang up."""
        parts = request.path.split("/", 2)
        if request.path == "/":
            return page_of_all(self.world)
        if parts[1] == "__" and len(parts) == 3:
            return self.control.answer(request, parts[2])
        if parts[1] == "pay" and len(parts) == 3:
            return page_of_one(self.world, parts[2])
        if parts[1] in self.world.providers and len(parts) == 3:
            request.path = "/" + parts[2]
            return self.serve_provider(self.world.providers[parts[1]], request)
        return Answer(404, b"no such page\n", {"Content-Type": "text/plain"})

    def handle_one(self):
        request = self.read_request()
        answer = request and self.respond(request)
        if answer is None:
            self.close_connection = True
            return
        self.send(answer)

    do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = do_HEAD = handle_one  # noqa: N815


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def serve(world, address, port):
    """Until the process is ended."""
    handler = type("WorldHandler", (Handler,), {"world": world, "control": Control(world)})
    with Server((address, port), handler) as server:
        here = f"http://{address}:{server.server_port}"
        world.public_url = world.public_url or here
        print(f"payment providers stand in at {here}/", flush=True)
        server.serve_forever()
