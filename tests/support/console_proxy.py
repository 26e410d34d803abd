"""A console proxy of a test's own: the program that ./run --guests starts, on other nodes."""

import os
import subprocess
import time

import httpx
from stack import ROOT

# Debian's, which has the modules of Debian's packages.
PROGRAM = ["/usr/bin/python3", str(ROOT / "deploy/console/serve.py")]


class ConsoleProxy:
    def __init__(self, stack, port, **settings):
        gateway = stack.settings("gateway")
        self.url = f"http://127.0.0.1:{port}"
        self.log = stack.run_dir / "log" / f"console-{port}.log"
        environment = {
            **os.environ,
            **{name: gateway[name] for name in ("REDIS_HOST", "REDIS_PORT", "REDIS_PASSWORD")},
            "CONSOLE_PORT": str(port),
            "CONSOLE_NODES": "de-1 de-2 de-3",
            "CONSOLE_LIBVIRT_URI": "test+unix:///default?socket="
            f"{stack.run_dir}/libvirt/libvirt-sock",
            **settings,
        }
        with open(self.log, "a") as log:
            self.process = subprocess.Popen(PROGRAM, env=environment, stdout=log, stderr=log)
        self._await_page()

    def _await_page(self):
        deadline = time.monotonic() + 20
        while True:
            try:
                assert httpx.get(f"{self.url}/vnc.html").status_code == 200
                return
            except httpx.TransportError:
                assert time.monotonic() < deadline, self.log.read_text()
                time.sleep(0.05)

    def close(self):
        self.process.terminate()
        self.process.wait(20)
