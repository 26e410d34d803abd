"""The real slipctl, run as a user would: with a home of its own, piped or on a terminal."""

import os
import pathlib
import pty
import select
import signal
import subprocess
import termios
import time


class Slipctl:
    """Of one user: HOME is a folder of the test, the key goes by the environment or by a login."""

    def __init__(self, stack, home, key=None, url=None):
        self.binary = stack.build / "slipctl/slipctl"
        self.home = pathlib.Path(home)
        kept = ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS")
        self.environment = {name: os.environ[name] for name in kept if name in os.environ}
        self.environment |= {"HOME": str(self.home), "TERM": "xterm-256color"}
        if key:
            self.environment |= {
                "SLIPWAY_KEY": key,
                "SLIPWAY_URL": url or stack.facts()["SLIPWAY_URL"],
            }

    @property
    def config(self):
        return self.home / ".config/slipway/config"

    def __call__(self, *words, code=0, text="", **environment):
        """Runs the words to their end; fails unless the exit code is this one."""
        ran = subprocess.run(
            [self.binary, *map(str, words)],
            env={**self.environment, **environment},
            input=text,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert ran.returncode == code, (ran.returncode, ran.stdout, ran.stderr)
        return ran

    def start(self, *words, **environment):
        return subprocess.Popen(
            [self.binary, *map(str, words)],
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def terminal(self, *words, columns=100, **environment):
        return Terminal(
            [str(self.binary), *map(str, words)], {**self.environment, **environment}, columns
        )


class Terminal:
    """A program on a terminal of its own, which is its controlling one."""

    def __init__(self, words, environment, columns):
        self.shown = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe(words[0], words, environment)
        termios.tcsetwinsize(self.fd, (24, columns))

    def _read(self, deadline):
        """False at the end of what is shown."""
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([self.fd], [], [], left)[0]:
            raise TimeoutError(self.shown)
        try:
            data = os.read(self.fd, 65536)
        except OSError:  # how Linux says that nobody has the terminal open any more
            return False
        self.shown += data.decode(errors="replace")
        return bool(data)

    def expect(self, text, timeout=60):
        deadline = time.monotonic() + timeout
        while text not in self.shown:
            assert self._read(deadline), self.shown

    def type(self, text):
        os.write(self.fd, text.encode())

    def echoes(self):
        return bool(termios.tcgetattr(self.fd)[3] & termios.ECHO)

    def kill(self, number=signal.SIGTERM):
        os.kill(self.pid, number)

    def end(self, timeout=60):
        """Its exit code (negative: the signal that ended it)."""
        deadline = time.monotonic() + timeout
        while self._read(deadline):
            pass
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self.fd)
        return code
