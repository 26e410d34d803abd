#!/usr/bin/python3
"""The console proxy of a node: noVNC's page, and behind it the screens of the node's machines.

It runs beside libvirt, as root or as who may open the emulators' sockets. Its settings are its
environment: --help shows them. It speaks plain HTTP; TLS ends in front of it. Each connection has a
process of its own, websockify's way.
"""

import contextlib
import json
import logging
import multiprocessing
import os
import resource
import signal
import sys
import time
from urllib.parse import parse_qs, urlsplit

from links import Links, RefusedError
from screens import Screens
from settings import SettingsError, describe, read_settings
from websockify.websocketproxy import ProxyRequestHandler, WebSocketProxy

# A browser asks quickly, and so must Redis and libvirt answer.
REQUEST_SECONDS = 10
# Keeps proxies on the way from closing a quiet session, and finds browsers that are gone.
HEARTBEAT_SECONDS = 30
# What a client that does not read what it asked for may make its process keep.
SESSION_MEMORY = 256 << 20

# noVNC is one page with its own scripts, and must not be shown inside of another one.
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data: blob:; object-src 'none';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


class JsonLines(logging.Formatter):
    """Log lines like the services'."""

    def format(self, record):
        now = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line = {
            "time": f"{now}.{int(record.created % 1 * 1e6):06d}Z",
            "level": record.levelname.lower(),
            "service": "console",
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        return json.dumps(line, separators=(",", ":"))


def log(message, **fields):
    logging.getLogger("console").info(message, extra={"fields": fields})


class SessionOverError(Exception):
    """It was as long as one may be."""


def end_session(_signal, _frame):
    raise SessionOverError("the longest session is over")


class Handler(ProxyRequestHandler):
    # Of each read of a request.
    timeout = REQUEST_SECONDS

    def log_message(self, format, *args):
        """websockify's own lines have the token in them."""

    def end_headers(self):
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def handle(self):
        if self.server.connections > self.server.settings.sessions_limit:
            self.close_connection = True
            return
        resource.setrlimit(resource.RLIMIT_DATA, (SESSION_MEMORY, SESSION_MEMORY))
        super().handle()

    def list_directory(self, path):
        self.send_error(404)

    def _token(self):
        tokens = parse_qs(urlsplit(self.path).query).get("token", [])
        return tokens[0] if len(tokens) == 1 else None

    def handle_upgrade(self):
        # Ends the process, for a libvirt that hangs hears of nothing else.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(REQUEST_SECONDS)
        try:
            target = self.server.links.take(self._token())
            self.server.unix_target = self.server.screens.find(target)
        except RefusedError as refused:
            log("console refused", reason=str(refused), status=refused.status,
                vps_id=refused.vps_id, peer=self.client_address[0])  # fmt: skip
            self.send_error(refused.status)
            return
        self._serve(target)

    def _serve(self, target):
        began = time.monotonic()
        signal.signal(signal.SIGALRM, end_session)
        signal.alarm(self.server.settings.session_seconds)
        self.connection.settimeout(None)
        log("console opened", vps_id=target.vps_id, node=target.node, peer=self.client_address[0])
        # The target was found already: past websockify's own search for it.
        try:
            super(ProxyRequestHandler, self).handle_upgrade()
        finally:
            signal.alarm(0)
            duration_us = int((time.monotonic() - began) * 1e6)
            log("console closed", vps_id=target.vps_id, duration_us=duration_us)


class Server(WebSocketProxy):
    def __init__(self, settings):
        self.settings = settings
        self.links = Links(settings)
        self.screens = Screens(settings)
        self.connections = 0
        super().__init__(
            RequestHandlerClass=Handler,
            listen_host=settings.address,
            listen_port=settings.port,
            web=settings.web,
            file_only=True,
            cert="no-tls",
            heartbeat=HEARTBEAT_SECONDS,
        )

    def poll(self):
        """Before each connection is accepted; its process inherits the number."""
        self.connections = len(multiprocessing.active_children()) + 1


def start_logs():
    lines = logging.StreamHandler()
    lines.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[lines])
    # What it says of itself is of how it was made, not of what it does.
    logging.getLogger("websocket").setLevel(logging.WARNING)


def main():
    if sys.argv[1:] == ["--help"]:
        print(__doc__, *describe(), sep="\n")
        return 0
    start_logs()
    try:
        settings = read_settings(os.environ)
    except SettingsError as error:
        logging.getLogger("console").error(str(error))
        return 2
    server = Server(settings)
    log("listening", address=settings.address, port=settings.port, nodes=sorted(settings.nodes))
    with contextlib.suppress(KeyboardInterrupt):
        server.start_server()
    return 0


if __name__ == "__main__":
    sys.exit(main())
