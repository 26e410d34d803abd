"""A real SSH server that lets in who has the password, and answers each command with its words."""

import asyncio
import contextlib
import threading

import asyncssh


class _Door(asyncssh.SSHServer):
    def __init__(self, server):
        self.server = server

    def password_auth_supported(self):
        return True

    def kbdint_auth_supported(self):
        return self.server.is_interactive

    def validate_password(self, username, password):
        self.server.tried.append((username, password))
        return (username, password) == self.server.login


class SshServer:
    """Listens on loopback in a thread of its own while it is entered. An interactive one asks for
    the password in words of its own first."""

    def __init__(self, username, password, is_interactive=False):
        self.login = (username, password)
        self.is_interactive = is_interactive
        self.tried = []
        self.port = None
        self._loop = asyncio.new_event_loop()

    async def _answer(self, process):
        process.stdout.write(f"you said: {process.command}\n")
        process.exit(7)

    async def _listen(self):
        listener = await asyncssh.create_server(
            lambda: _Door(self),
            "127.0.0.1",
            0,
            server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")],
            process_factory=self._answer,
        )
        self.port = listener.get_port()

    @contextlib.contextmanager
    def listening(self):
        thread = threading.Thread(target=self._loop.run_forever)
        thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(20)
            yield self
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join()
