"""The payment providers' stand-ins on a port of their own, and somebody who takes their webhooks.
Nothing here needs a running Slipway."""

import collections
import contextlib
import http.server
import pathlib
import subprocess
import sys
import threading
import time

import httpx
import pytest

SERVE = pathlib.Path(__file__).resolve().parents[2] / "providers/serve.py"
PATIENCE_S = 20


class Receiver:
    """Takes webhooks and answers with the statuses it was told to, then with 200."""

    def __init__(self):
        self.arrived = collections.deque(maxlen=1000)
        self.statuses = collections.deque()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):  # noqa: N802
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.arrived.append((self.path, headers, body))
                self.send_response(outer.statuses.popleft() if outer.statuses else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait_for(self, count):
        """All that arrived, once there are that many."""
        deadline = time.monotonic() + PATIENCE_S
        while len(self.arrived) < count:
            assert time.monotonic() < deadline, f"{len(self.arrived)} webhooks, not {count}"
            time.sleep(0.01)
        return list(self.arrived)


class Standin:
    def __init__(self, url, receiver):
        self.url = url
        self.receiver = receiver
        self.client = httpx.Client(base_url=url, timeout=PATIENCE_S)

    def press(self, name, expected=200, /, **given):
        answer = self.client.post(f"/__/{name}", json=given)
        assert answer.status_code == expected, answer.text
        return answer.json()

    def look(self, name, **given):
        answer = self.client.get(f"/__/{name}", params=given)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def wait_until_refused(self, name, **given):
        """Until this look is a 409."""
        deadline = time.monotonic() + PATIENCE_S
        while self.client.get(f"/__/{name}", params=given).status_code != 409:
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def pay(self, provider, reference, **given):
        """Pays and takes the webhook: its headers and body."""
        before = len(self.receiver.arrived)
        self.press("pay", provider=provider, reference=reference, **given)
        _, headers, body = self.receiver.wait_for(before + 1)[before]
        return headers, body


@contextlib.contextmanager
def serving(*arguments, **environment):
    """A process of the stand-ins: its address."""
    process = subprocess.Popen(
        [sys.executable, SERVE, "--port", "0", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process.stdout.readline().split()[-1].rstrip("/")
    finally:
        process.terminate()
        process.wait(PATIENCE_S)
        process.stdout.close()


@pytest.fixture(scope="session")
def shared_standin():
    receiver = Receiver()
    with serving("--callbacks", receiver.url, "--retry-scale", "0.000001") as url:
        yield Standin(url, receiver)
    receiver.server.shutdown()


@pytest.fixture
def standin(shared_standin):
    """As if just started."""
    shared_standin.press("reset")
    shared_standin.receiver.arrived.clear()
    shared_standin.receiver.statuses.clear()
    return shared_standin


@pytest.fixture
def served():
    """served(arguments…, VARIABLE=…): a block with stand-ins of other settings."""
    return serving
